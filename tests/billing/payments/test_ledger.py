from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

from billing.invariants import entered
from billing.models import Invoice
from billing.operations import runs
from billing.payments import ledger
from billing.payments.models import LedgerEntry, Posting
from billing.payments.posting import Document
from subscriptions.operations import cancellations
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.billing import local, subscriber

if TYPE_CHECKING:
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-11-23")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


def books() -> list[tuple[str, str, str, str, str]]:
    return [
        (number, account, product, f"{category} {rate}" if category else "", str(amount))
        for number, account, product, category, rate, amount in Posting.objects.order_by(
            "entry__invoice__sequence", "account", "product_code"
        ).values_list(
            "entry__invoice__number",
            "account",
            "product_code",
            "vat_category",
            "vat_rate",
            "amount",
        )
    ]


def an_invoice_and_a_credit_note() -> None:
    _customer, subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    at = local("2026-12-11")
    person = subscription.ordered_by
    read = cancellations.consequences(subscription, when=CancelWhen.NOW, at=at)
    cancellations.cancel(
        subscription, when=CancelWhen.NOW, confirmed=read.fingerprint, by=person, at=at
    )
    runs.run_due(at=FIRST_OF_JANUARY)


def test_a_document_is_entered_with_its_issue(seller: Seller) -> None:
    subscriber(ORDERED)

    runs.run_due(at=FIRST_OF_DECEMBER)

    entry = LedgerEntry.objects.get()
    invoice = Invoice.objects.get()
    assert (entry.invoice, entry.seller, entry.organisation) == (
        invoice,
        seller,
        invoice.organisation,
    )
    assert (entry.entered_on, entry.at) == (invoice.issued_on, FIRST_OF_DECEMBER)
    assert books() == [
        ("NL-2026-000001", "receivables", "", "", "75.10"),
        ("NL-2026-000001", "revenue", "development-tools", "S 21.00", "-62.07"),
        ("NL-2026-000001", "vat_payable", "", "S 21.00", "-13.03"),
    ]


def test_the_database_refuses_what_does_not_balance(seller: Seller) -> None:
    subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    entry, before = LedgerEntry.objects.get(), books()

    with pytest.raises(DatabaseError, match="does not balance"), transaction.atomic():
        Posting.objects.create(entry=entry, account="receivables", amount=1)

    assert books() == before


@pytest.mark.parametrize(
    ("model", "change_of"), [(LedgerEntry, {"currency": "NOK"}), (Posting, {"amount": 1})]
)
def test_the_database_refuses_changes(
    seller: Seller, model: type[LedgerEntry | Posting], change_of: dict[str, object]
) -> None:
    subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    before = books()

    for change in (
        lambda: model._default_manager.all().delete(),
        lambda: model._default_manager.update(**change_of),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert books() == before


def test_a_document_is_entered_once(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    before = books()
    again = ledger.Entered(
        invoice_id=Invoice.objects.get().pk,
        organisation_id=customer.pk,
        currency="EUR",
        document=Document(sold=[], taxed=[], gross=Invoice.objects.get().gross * 0),
    )

    with pytest.raises(DatabaseError), transaction.atomic():
        ledger.enter([again], seller=seller, entered_on=ORDERED.date(), at=ORDERED)

    assert books() == before


def test_a_document_that_is_not_entered_is_found(seller: Seller) -> None:
    an_invoice_and_a_credit_note()
    assert list(entered.check(at=FIRST_OF_JANUARY)) == []

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE payments_posting, payments_ledgerentry")

    found = [breach.partition(":")[0] for breach in entered.check(at=FIRST_OF_JANUARY)]
    assert found == ["NL-2026-000001", "NL-2027-C000001"]
