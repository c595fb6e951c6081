"""What a run settles of credits by hand is called by its name, whatever the language."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.documents import operations
from billing.documents.page import page
from billing.documents.reading import invoice_data
from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.invariants import every
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty, OutgoingMail
from tests.factories.billing import local, subscriber
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from subscriptions.models import Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credits_go")]


def credited_by_hand(net: str) -> Subscription:
    """Of December, of which the customer has paid 49.00."""
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01", "00:05"))
    invoice = Invoice.objects.get()
    december = invoice.lines.get(net=Decimal("49.00"))
    choice = Choice(CreditProposal.Scope.LINES, nets={december.pk: Decimal(net)})
    credit_notes.request_credit(
        invoice,
        choice,
        reason="Bad service",
        confirmed=credit_notes.preview(invoice, choice).invoice.gross,
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=local("2026-12-05"),
    )
    return subscription


def credited_by_hand_before(net: str) -> Invoice:
    """23.71 of unused days, less their share of what staff gave back of December before."""
    cancel_as_read(credited_by_hand(net), at=local("2026-12-16"))
    runs.run_due(at=local("2027-01-01", "00:05"))
    return Invoice.objects.with_names().get(origin="run", month="2027-01-01")


@pytest.fixture
def credit_note() -> Invoice:
    """Less 14.52 of 30.00."""
    open_shop()
    return credited_by_hand_before("30.00")


@pytest.mark.parametrize(
    ("language", "credited", "settled"),
    [
        ("en", "Credited", "Credited by hand before"),
        ("nl", "Gecrediteerd", "Eerder handmatig gecrediteerd"),
        ("no", "Kreditert", "Tidligere kreditert manuelt"),
        ("sv", "Krediterat", "Tidigare krediterat manuellt"),
        ("da", "Krediteret", "Tidligere krediteret manuelt"),
        ("de", "Gutgeschrieben", "Zuvor manuell gutgeschrieben"),
    ],
)
def test_it_is_no_unexplained_charge(
    credit_note: Invoice, language: str, credited: str, settled: str
) -> None:
    data = invoice_data(credit_note, language=language)

    names = [(line.name.partition(" (")[2].rstrip(")"), str(line.net)) for line in data.lines]
    assert names == [(credited, "23.71"), (settled, "-14.52")]


def test_on_paper_and_in_both_files(credit_note: Invoice) -> None:
    credit_note.language = "nl"
    rendered = render(credit_note)

    word = "(Eerder handmatig gecrediteerd)"
    shown = page(rendered.data, language="nl", month=credit_note.month, customer_number="1")
    assert word in str(shown)
    for kind in ("ubl", "cii"):
        assert word in rendered.content(kind).decode()
        assert broken_rules(kind, rendered.content(kind), is_german=False) == ()


def test_what_was_all_given_back_before_is_a_credit_note_of_nothing() -> None:
    """Not an invoice of 0.00: it names the one that it corrects, and nobody is asked to pay."""
    open_shop()
    invoice = credited_by_hand_before("49.00")

    assert (invoice.kind, invoice.number, str(invoice.gross)) == (
        "credit_note",
        "NL-2027-C000001",
        "0.00",
    )
    assert [str(line.net) for line in invoice.lines.all()] == ["23.71", "-23.71"]
    rendered = render(invoice)
    assert [each.number for each in rendered.data.originals] == ["NL-2026-000001"]
    for kind in ("ubl", "cii"):
        assert broken_rules(kind, rendered.content(kind), is_german=False) == ()
    assert every.check_all(at=invoice.issued_at) == []

    reader = MembershipFactory(organisation=invoice.organisation, person__language="nl").person
    operations.make_due(invoice.issued_at)

    letter = OutgoingMail.objects.get(subject__contains=invoice.number, to=reader.email)
    assert "Er is niets te betalen en niets te ontvangen" in letter.body
