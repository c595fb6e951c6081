"""What a run settles of credits by hand is called by its name, whatever the language."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.documents.page import page
from billing.documents.reading import invoice_data
from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import cancel_as_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def credit_note() -> Invoice:
    """23.71 of unused days, less 14.52 of the 30.00 that staff gave back of December before."""
    open_shop()
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01", "00:05"))
    invoice = Invoice.objects.get()
    december = invoice.lines.get(net=Decimal("49.00"))
    choice = Choice(CreditProposal.Scope.LINES, nets={december.pk: Decimal("30.00")})
    credit_notes.request_credit(
        invoice,
        choice,
        reason="Bad service",
        confirmed=Decimal("36.30"),
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=local("2026-12-05"),
    )
    cancel_as_read(subscription, at=local("2026-12-16"))
    runs.run_due(at=local("2027-01-01", "00:05"))
    return Invoice.objects.get(origin="run", kind="credit_note")


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
    data = invoice_data(credit_note, exchange_rate=None, language=language)

    names = [(line.name.partition(" (")[2].rstrip(")"), str(line.net)) for line in data.lines]
    assert names == [(credited, "23.71"), (settled, "-14.52")]


def test_on_paper_and_in_both_files(credit_note: Invoice) -> None:
    credit_note.language = "nl"
    rendered = render(credit_note, exchange_rate=None)

    word = "(Eerder handmatig gecrediteerd)"
    shown = page(rendered.data, language="nl", month=credit_note.month, customer_number="1")
    assert word in str(shown)
    for kind in ("ubl", "cii"):
        assert word in rendered.content(kind).decode()
        assert broken_rules(kind, rendered.content(kind), is_german=False) == ()
