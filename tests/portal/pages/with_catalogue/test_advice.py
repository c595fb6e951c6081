from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import AdviceQuestion, Role
from tests.factories.customers import (
    AdviceQuestionFactory,
    MembershipFactory,
    PartnerAccessFactory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(customer: Organisation, partner: Organisation, owner: Person) -> AdviceQuestion:
    return AdviceQuestionFactory(
        organisation=customer,
        partner=partner,
        asked_by=owner,
        about="scim",
        question="Fits SCIM our Entra?",
    )


def detail(organisation: Organisation, question: AdviceQuestion) -> str:
    return reverse("pages:advice_detail", args=[organisation.pk, question.pk])


def test_a_question_reaches_the_partner_and_is_shown(
    signed_in: Client, customer: Organisation, partner: Organisation, show: Callable[..., str]
) -> None:
    form = show("advice_ask", query="?product=databridge")
    assert '<option value="databridge" selected>' in form
    assert "Helpende Hand gets your question." in form

    response = signed_in.post(
        reverse("pages:advice_ask", args=[customer.pk]),
        {"about": "databridge", "question": "How many records?"},
    )

    asked = AdviceQuestion.objects.get()
    assert asked.partner == partner
    assert response.headers["Location"] == detail(customer, asked)
    assert "How many records?" in show("advice_detail", asked.pk)
    assert "Helpende Hand has your question." in show("advice_detail", asked.pk)


def test_a_second_click_leads_to_the_same_question(
    signed_in: Client, customer: Organisation
) -> None:
    asking = reverse("pages:advice_ask", args=[customer.pk])
    typed = {"about": "databridge", "question": "How many records?"}

    answers = [signed_in.post(asking, typed) for _click in range(2)]

    asked = AdviceQuestion.objects.get()
    assert [each.headers["Location"] for each in answers] == [detail(customer, asked)] * 2


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param({"about": "", "question": " "}, id="nothing-written"),
        pytest.param({"about": "perpetuum-mobile", "question": "Why?"}, id="unknown-product"),
    ],
)
def test_a_question_without_text_or_about_nothing_we_sell_is_refused(
    signed_in: Client, customer: Organisation, typed: dict[str, str]
) -> None:
    response = signed_in.post(reverse("pages:advice_ask", args=[customer.pk]), typed)

    assert response.status_code == 422
    assert not AdviceQuestion.objects.exists()


@pytest.mark.parametrize("table", ["own", "customers"])
def test_the_partner_answers_at_its_own_table_and_at_the_customers(
    client: Client,
    customer: Organisation,
    partner: Organisation,
    consultant: Person,
    question: AdviceQuestion,
    table: str,
) -> None:
    client.force_login(consultant)
    address = detail(partner if table == "own" else customer, question)

    assert "Your answer" in client.get(address).content.decode()
    client.post(address, {"answer": "Yes, with P1."})

    question.refresh_from_db()
    assert question.answer == "Yes, with P1."
    assert question.answered_by == consultant
    assert "Your answer" not in client.get(address).content.decode()


def test_who_answers_second_is_told_and_keeps_what_was_typed(
    client: Client, partner: Organisation, consultant: Person, question: AdviceQuestion
) -> None:
    address = detail(partner, question)
    client.force_login(consultant)
    client.post(address, {"answer": "Yes, with P1."})

    late = client.post(address, {"answer": "No."})

    html = late.content.decode()
    assert late.status_code == 409
    assert late.context["form"].errors == {
        "answer": ["Somebody has answered this question already."]
    }
    assert "Yes, with P1." in html
    assert ">\nNo.</textarea>" in html
    question.refresh_from_db()
    assert question.answer == "Yes, with P1."


def test_an_empty_answer_is_refused(
    client: Client, partner: Organisation, consultant: Person, question: AdviceQuestion
) -> None:
    client.force_login(consultant)

    assert client.post(detail(partner, question), {"answer": " "}).status_code == 422

    question.refresh_from_db()
    assert question.answered_at is None


def test_the_partners_list_says_which_customer_asked(
    client: Client, partner: Organisation, consultant: Person, question: AdviceQuestion
) -> None:
    client.force_login(consultant)

    html = client.get(reverse("pages:advice_list", args=[partner.pk])).content.decode()

    assert "Fits SCIM our Entra?" in html
    assert "Voorbeeld B.V." in html


def test_the_customer_does_not_answer_itself(
    signed_in: Client, customer: Organisation, question: AdviceQuestion
) -> None:
    response = signed_in.post(detail(customer, question), {"answer": "I say yes."})

    question.refresh_from_db()
    assert response.status_code == 403
    assert question.answered_at is None


def test_a_partners_reader_may_look_but_not_answer(
    client: Client, partner: Organisation, question: AdviceQuestion
) -> None:
    client.force_login(MembershipFactory(organisation=partner, role=Role.READER).person)

    assert "Your answer" not in client.get(detail(partner, question)).content.decode()
    assert client.post(detail(partner, question), {"answer": "No."}).status_code == 403


def test_a_question_of_somebody_else_is_not_there(
    signed_in: Client, customer: Organisation
) -> None:
    foreign = AdviceQuestionFactory()

    assert signed_in.get(detail(customer, foreign)).status_code == 404


def test_the_csv_holds_question_and_answer(
    signed_in: Client, customer: Organisation, question: AdviceQuestion
) -> None:
    question.question = "=1+1"
    question.save()

    response = signed_in.get(reverse("pages:advice_list", args=[customer.pk]) + "?format=csv")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Voorbeeld B.V.,Els Bakker," in response.content.decode()
    assert ",'=1+1," in response.content.decode()


def test_an_empty_list_says_who_can_ask(
    member: Callable[[Role], Membership], show: Callable[..., str]
) -> None:
    member(Role.READER)
    assert "can ask for advice" in show("advice_list")

    member(Role.DEVELOPER)
    assert "Ask before you buy." in show("advice_list")


@pytest.mark.parametrize(
    ("role", "may_answer"), [(Role.DEVELOPER, True), (Role.OWNER, True), (Role.READER, False)]
)
def test_the_overview_says_that_customers_wait_to_who_may_answer_them(
    client: Client,
    partner: Organisation,
    question: AdviceQuestion,
    role: Role,
    may_answer: bool,
) -> None:
    client.force_login(MembershipFactory(organisation=partner, role=role).person)

    html = client.get(reverse("pages:overview", args=[partner.pk])).text

    assert ("Customers wait for your advice" in html) is may_answer


def test_the_overview_says_it_to_nobody_who_acts_for_the_partner(
    client: Client, partner: Organisation, question: AdviceQuestion
) -> None:
    helper = MembershipFactory(organisation__kind="partner", role=Role.OWNER)
    PartnerAccessFactory(customer=partner, partner=helper.organisation)
    client.force_login(helper.person)

    html = client.get(reverse("pages:overview", args=[partner.pk])).text

    assert "Customers wait for your advice" not in html


def test_who_acts_for_a_partner_does_not_read_what_its_customers_asked(
    client: Client, question: AdviceQuestion, customer: Organisation, partner: Organisation
) -> None:
    own = AdviceQuestionFactory(organisation=partner)
    helper = MembershipFactory(organisation__kind="partner", role=Role.OWNER)
    PartnerAccessFactory(customer=partner, partner=helper.organisation)
    client.force_login(helper.person)

    listed = client.get(reverse("pages:advice_list", args=[partner.pk]))

    assert listed.status_code == 200
    assert customer.name not in listed.text
    assert client.get(detail(partner, question)).status_code == 404
    assert client.get(detail(partner, own)).status_code == 200
