"""A credit note of a run may give back of several invoices: at the rate of each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pgtrigger
import pytest

from billing.documents import accounting, operations
from billing.documents.models import AccountingVat
from billing.documents.queries import stated_vat
from billing.invariants import stated
from billing.models import Invoice
from billing.operations import parking, runs
from billing.queries.corrections import corrected_by
from billing.queries.turnover import turnover
from subscriptions.periods import Month
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.documents import CASES, credit_note_of, euro_in_kroner, issued
from tests.factories.usage import count, open_metered_services, price_of_calls

pytestmark = pytest.mark.django_db

AT = local("2027-02-01", "00:05")
FEBRUARY = Month(2027, 2)


@pytest.fixture
def credit_note(shop: None, monkeypatch: pytest.MonkeyPatch) -> Invoice:
    """November's use: 1,000.00 in December, 100.00 more in January, then 600.00 back."""
    monkeypatch.setattr(parking, "broken_bounds", lambda *_of: ())
    open_metered_services()
    price_of_calls("EUR", "0.10", since=dt.date(2026, 1, 1), included_per_user=0)
    subscriber(local("2026-10-03"), country="norwegian")
    _customer, _owner, tenant = customer_with_tenant(country="norwegian", currency="EUR")
    for day, rate, quantity in (
        ("2026-12-01", "11.50", 10_000),
        ("2027-01-01", "11.00", 1_000),
        ("2027-02-01", "12.00", -6_000),
    ):
        at = local(day, "00:05")
        euro_in_kroner(rate, on=dt.date.fromisoformat(day))
        count(tenant, "2026-11-05", quantity, on=(at - dt.timedelta(days=2)).date().isoformat())
        runs.run_due(at=at)
    return Invoice.objects.get(kind="credit_note")


def parted(document: Invoice) -> list[tuple[str, str, str]]:
    """VAT, rate and kroner of each part, by what charged it, the newest first and its own last."""
    rows = AccountingVat.objects.filter(invoice=document).order_by("-original")
    return sorted(
        (
            (str(row.vat), f"{row.exchange_rate.rate:.2f}", str(row.amount))
            for row in rows.select_related("exchange_rate")
        ),
        key=lambda part: part[1],
    )


def test_no_more_goes_back_of_an_invoice_than_it_charged(credit_note: Invoice) -> None:
    assert (credit_note.net, credit_note.vat) == (Decimal("600.00"), Decimal("150.00"))

    operations.make_due(AT)

    assert parted(credit_note) == [
        ("25.00", "11.00", "275.00"),
        ("125.00", "11.50", "1437.50"),
    ]
    ubl = bytes(credit_note.rendering.documents.get(kind="ubl").content).decode()
    assert '<cbc:TaxAmount currencyID="NOK">1712.50</cbc:TaxAmount>' in ubl
    assert list(stated.check(at=AT)) == []


def test_turnover_is_converted_alike(credit_note: Invoice) -> None:
    sold = turnover(credit_note.seller, FEBRUARY, FEBRUARY.next)

    assert {currency: str(net) for (currency, _c, _r), net in sold.nets.items()} == {
        "EUR": "-6850.00"
    }
    assert sold.missing == ()


def test_the_night_finds_what_was_parted_amiss(credit_note: Invoice) -> None:
    """As it was once: all of the line at the rate of the newest that charged some of it."""
    operations.make_due(AT)
    charging = Invoice.objects.of(credit_note.organisation).filter(kind="invoice")
    oldest, newest = charging.order_by("pk")

    with pgtrigger.ignore("documents.AccountingVat:append_only"):
        rows = AccountingVat.objects.filter(invoice=credit_note)
        rows.exclude(original=newest).delete()
        rows.update(vat=Decimal("150.00"), amount=Decimal("1650.00"))

    breaches = list(stated.check(at=AT))
    assert breaches == [
        f"{credit_note}: 0 is stated as charged by document {oldest.pk}, not 125.00",
        f"{credit_note}: 150.00 is stated as charged by document {newest.pk}, not 25.00",
    ]


def test_what_a_credit_note_charges_has_the_rate_of_its_day() -> None:
    """75.00 and 110.00 go back of two invoices, a day apart, and 12.53 is charged beside them."""
    case = CASES["NO to NO, in euros"]
    credit_note = credit_note_of(case, originals=2, days_apart=1)
    for day, rate in ((1, "11.00"), (2, "11.50"), (3, "12.00")):
        euro_in_kroner(rate, on=dt.date(2026, 11, day))

    assert accounting.state(credit_note) is None

    assert parted(credit_note) == [
        ("18.75", "11.00", "206.25"),
        ("27.50", "11.50", "316.25"),
        ("-3.13", "12.00", "-37.56"),
    ]
    assert stated_vat([credit_note.pk])[credit_note.pk].amounts == {
        ("S", Decimal(25)): Decimal("484.94")
    }
    assert list(stated.check(at=AT)) == []


def test_what_is_charged_on_a_credit_note_goes_back_at_the_rate_of_its_day() -> None:
    case = CASES["NO to NO, in euros"]
    charging = credit_note_of(case, originals=1)
    last = issued(
        case,
        Invoice.Kind.CREDIT_NOTE,
        at=charging.issued_at + dt.timedelta(days=1),
        month=FEBRUARY.first_day,
        of=[charging],
        organisation=charging.organisation,
    )
    for day, rate in ((1, "11.00"), (2, "12.00")):
        euro_in_kroner(rate, on=dt.date(2026, 11, day))

    accounting.state(last)

    assert AccountingVat.objects.filter(invoice=charging, original=None).count() == 1
    assert AccountingVat.objects.filter(invoice=last, original=charging).count() == 1
    assert list(corrected_by(last)) == [*corrected_by(charging), charging]
    assert list(stated.check(at=AT)) == []


def test_the_journal_says_it_where_the_rate_turns_the_sign_of_a_row() -> None:
    """As much is charged as goes back, at a higher rate: more kroner are owed than given back."""
    case = CASES["NO to NO, in euros"]
    credit_note = credit_note_of(case, originals=2, days_apart=1)
    for day, rate in ((1, "1.00"), (2, "1.00"), (3, "99.00")):
        euro_in_kroner(rate, on=dt.date(2026, 11, day))

    accounting.state(credit_note)

    [amount] = stated_vat([credit_note.pk])[credit_note.pk].amounts.values()
    assert amount == Decimal("-263.62")
