from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import OutgoingMail, Person
from customers.operations import advice

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import AdviceQuestion, Organisation


@pytest.fixture
def question(customer: Organisation, owner: Person) -> AdviceQuestion:
    return advice.ask_for_advice(
        customer, about="scim", question="Do we need SCIM?", by=owner, at=clock.now()
    )


def test_open_and_answered_questions(
    client: Client, sales: Person, customer: Organisation, owner: Person, question: AdviceQuestion
) -> None:
    other = advice.ask_for_advice(
        customer, about="", question="May we move online?", by=owner, at=clock.now()
    )
    advice.answer_advice(other, answer="Yes.", by=sales, at=clock.now())
    client.force_login(sales)
    url = reverse("backoffice:questions")

    waiting = client.get(url).content.decode()
    answered = client.get(url, {"show": "answered"}).content.decode()
    csv = client.get(url, {"format": "csv"}).content.decode("utf-8-sig")

    assert "Do we need SCIM?" in waiting
    assert "May we move online?" not in waiting
    assert "May we move online?" in answered
    assert "Do we need SCIM?" not in answered
    assert f",Do we need SCIM?,{owner}," in csv


def test_who_asked_gives_a_spreadsheet_nothing_to_calculate(
    client: Client, sales: Person, owner: Person, question: AdviceQuestion
) -> None:
    Person.objects.filter(pk=owner.pk).update(name="=HYPERLINK(0)")
    client.force_login(sales)

    csv = client.get(reverse("backoffice:questions"), {"format": "csv"}).content.decode()

    assert ",'=HYPERLINK(0)," in csv


def test_answering_reaches_the_customer(
    client: Client, sales: Person, question: AdviceQuestion
) -> None:
    client.force_login(sales)

    response = client.post(
        reverse("backoffice:answer", args=[question.pk]), {"answer": "Not with 12 people."}
    )

    assert response.status_code == 302
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("Not with 12 people.", sales)
    assert "Not with 12 people." in OutgoingMail.objects.latest("pk").body
    assert question.organisation.history.get(verb="advice.answered").actor == sales


def test_an_empty_answer_is_refused(
    client: Client, sales: Person, question: AdviceQuestion
) -> None:
    client.force_login(sales)

    response = client.post(reverse("backoffice:answer", args=[question.pk]), {"answer": " "})

    assert response.status_code == 422
    question.refresh_from_db()
    assert question.answered_at is None


def test_of_two_at_once_the_second_is_told(
    client: Client, sales: Person, question: AdviceQuestion
) -> None:
    advice.answer_advice(question, answer="First", by=sales, at=clock.now())
    client.force_login(sales)

    response = client.post(
        reverse("backoffice:answer", args=[question.pk]), {"answer": "Second, at length"}
    )

    html = response.content.decode()
    assert response.status_code == 409
    assert "Somebody has answered this question already." in html
    assert "First" in html
    assert "Second, at length" in html
    question.refresh_from_db()
    assert question.answer == "First"


def test_others_of_the_staff_only_read(
    client: Client, billing: Person, question: AdviceQuestion
) -> None:
    client.force_login(billing)

    page = client.get(reverse("backoffice:question", args=[question.pk])).content.decode()
    response = client.post(reverse("backoffice:answer", args=[question.pk]), {"answer": "No"})

    assert "This is a task of: Sales." in page
    assert response.status_code == 403
    question.refresh_from_db()
    assert question.answered_at is None
