"""Whoever asks for a credit is not told that it waits: somebody else decides on it. What became of
it stands with the invoice.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.models import Invoice
from billing.operations import credit_notes, runs
from customers import clock
from customers.models import Duty, OutgoingMail
from portal.backoffice.digests import tell_staff
from tests.factories.billing import asked_credit, local, subscriber
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def colleague(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING], name="Cas Collega")


@pytest.fixture
def invoices(shop: None) -> list[Invoice]:
    for name in ("Alfa B.V.", "Beta B.V."):
        subscriber(local("2026-11-30"), name=name)
    runs.run_due(at=local("2026-12-01"))
    return list(Invoice.objects.order_by("pk"))


def letters(person: Person) -> list[str]:
    sent = OutgoingMail.objects.filter(to=person.email, body__contains="Credits to approve")
    return list(sent.order_by("pk").values_list("body", flat=True))


def test_a_colleague_hears_of_it_and_who_asked_does_not(
    billing: Person, colleague: Person, invoices: list[Invoice]
) -> None:
    asked_credit(invoices[0], by=billing, at=clock.now())

    tell_staff(at=clock.now())

    assert letters(billing) == []
    [letter] = letters(colleague)
    assert "Credits to approve: 1, of which 1 new to you." in letter


def test_who_asked_hears_of_what_a_colleague_asks_alone(
    billing: Person, colleague: Person, invoices: list[Invoice]
) -> None:
    at = clock.now()
    asked_credit(invoices[0], by=billing, at=clock.now())
    tell_staff(at=at)
    asked_credit(invoices[1], by=colleague, at=clock.now())

    tell_staff(at=at + HOUR)

    [letter] = letters(billing)
    assert "Credits to approve: 1, of which 1 new to you." in letter
    assert len(letters(colleague)) == 1


def test_it_is_a_task_of_colleagues_alone(
    client: Client, billing: Person, colleague: Person, invoices: list[Invoice]
) -> None:
    asked_credit(invoices[0], by=billing, at=clock.now())
    tasks = {}
    for person in (billing, colleague):
        client.force_login(person)
        tasks[person] = client.get(reverse("backoffice:home")).context["my_tasks"]

    assert [each.count for each in tasks[colleague] if each.kind.code == "credits"] == [1]
    assert [each for each in tasks[billing] if each.kind.code == "credits"] == []


def test_who_asked_reads_by_whom_when_and_why_it_was_rejected(
    client: Client, billing: Person, colleague: Person, invoices: list[Invoice]
) -> None:
    alfa, beta = invoices
    proposal = asked_credit(alfa, by=billing, at=clock.now())
    client.force_login(billing)
    of_alfa = reverse("backoffice:invoice", args=[alfa.pk])
    waits = client.get(of_alfa).content.decode()

    rejected = credit_notes.reject(
        proposal, reason="It was used", by=colleague, at=local("2026-12-03", "14:05")
    )
    decided = client.get(of_alfa).content.decode()
    other = client.get(reverse("backoffice:invoice", args=[beta.pk])).content.decode()

    assert rejected.status == "rejected"
    _before, card = decided.split('id="rejected"')
    for said in (
        reverse("backoffice:credit_proposal", args=[proposal.pk]),
        str(billing),
        "Cas Collega",
        "3 Dec 2026",
        "14:05",
        "It was used",
    ):
        assert said in card
    assert "A credit of this invoice waits" in waits
    assert "A credit of this invoice waits" not in decided
    assert "Rejected credits" not in waits
    assert "Rejected credits" not in other
