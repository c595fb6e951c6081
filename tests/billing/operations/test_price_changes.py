"""Where a price or a VAT rate changes, a line of the invoice is cut."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.invariants import every
from billing.models import Invoice, InvoiceLine
from billing.operations import runs
from billing.queries import next_invoice
from catalog.models import PriceVersion, Product
from subscriptions.operations import price_changes
from tests.factories.billing import dutch_vat_rises, local, subscriber
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS

if TYPE_CHECKING:
    import pytest

    from catalog.models import Seller
    from customers.models import Organisation

ORDERED = local("2026-11-01")


def lines(month: str, of: Organisation | None = None) -> list[tuple[str, str, str, str, str]]:
    """From, until, unit price, net and VAT rate of the invoice of a month."""
    found = InvoiceLine.objects.filter(invoice__month=f"{month}-01").order_by("position")
    if of is not None:
        found = found.filter(invoice__organisation=of)
    return [
        (
            f"{line.period_from:%m-%d}",
            f"{line.period_until:%m-%d}",
            f"{line.unit_price:.2f}",
            str(line.net),
            f"{line.vat_rate:.0f}",
        )
        for line in found
    ]


def newer(amount: str = "52", *, valid_from: dt.date = dt.date(2027, 1, 1)) -> PriceVersion:
    price: PriceVersion = PriceVersionFactory(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS),
        valid_from=valid_from,
        component__unit_amount=Decimal(amount),
    )
    return price


def test_a_month_is_cut_where_its_price_changes(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)
    price_changes.announce(
        newer(), effective_on=dt.date(2027, 2, 15), by=PersonFactory(staff=True), at=ORDERED
    )
    expected = next_invoice(customer, local("2027-01-20"))

    runs.run_due(at=local("2027-03-01"))

    assert lines("2027-01") == [("01-01", "02-01", "49.00", "49.00", "21")]
    assert lines("2027-02") == [
        ("02-01", "02-15", "49.00", "24.50", "21"),
        ("02-15", "03-01", "52.00", "26.00", "21"),
    ]
    assert lines("2027-03") == [("03-01", "04-01", "52.00", "52.00", "21")]
    assert expected.document is not None
    assert list(every.check_all(at=local("2027-03-01"))) == []


def test_a_price_that_comes_back_within_the_month_takes_nothing_of_the_one_between(
    seller: Seller,
) -> None:
    subscriber(ORDERED)
    staff = PersonFactory(staff=True)
    dearer, as_before = newer("60"), newer("49", valid_from=dt.date(2027, 2, 1))
    price_changes.announce(dearer, effective_on=dt.date(2027, 2, 8), by=staff, at=ORDERED)
    price_changes.announce(as_before, effective_on=dt.date(2027, 2, 22), by=staff, at=ORDERED)

    runs.run_due(at=local("2027-02-01"))

    assert lines("2027-02") == [
        ("02-01", "02-08", "49.00", "12.25", "21"),
        ("02-08", "02-22", "60.00", "30.00", "21"),
        ("02-22", "03-01", "49.00", "12.25", "21"),
    ]
    assert list(every.check_all(at=local("2027-02-01"))) == []


def test_who_ordered_between_the_announcement_and_the_new_price_pays_it_after_a_second_one(
    seller: Seller,
) -> None:
    subscriber(ORDERED)
    staff = PersonFactory(staff=True)
    price = newer()
    price_changes.announce(price, effective_on=dt.date(2027, 1, 1), by=staff, at=ORDERED)
    between, _subscription = subscriber(local("2026-12-20"))
    price_changes.announce(
        price, effective_on=dt.date(2027, 2, 15), by=staff, at=local("2027-01-02")
    )

    runs.run_due(at=local("2027-02-01"))

    assert lines("2027-02", of=between) == [
        ("02-01", "02-15", "49.00", "24.50", "21"),
        ("02-15", "03-01", "52.00", "26.00", "21"),
    ]
    assert list(every.check_all(at=local("2027-02-01"))) == []


def test_what_was_announced_after_a_month_began_is_not_known_to_its_late_run(
    seller: Seller,
) -> None:
    subscriber(ORDERED)
    price_changes.announce(
        newer(),
        effective_on=dt.date(2027, 1, 10),
        by=PersonFactory(staff=True),
        at=local("2026-12-10", "08:00"),
    )

    runs.run_due(at=local("2027-01-05"))

    assert lines("2026-12")[-1] == ("12-01", "01-01", "49.00", "49.00", "21")
    assert lines("2027-01") == [
        ("01-01", "01-10", "49.00", "14.23", "21"),
        ("01-10", "02-01", "52.00", "36.90", "21"),
    ]


def test_what_was_taken_back_is_not_charged(seller: Seller) -> None:
    subscriber(ORDERED)
    staff = PersonFactory(staff=True)
    announcement = price_changes.announce(
        newer(), effective_on=dt.date(2027, 2, 15), by=staff, at=ORDERED
    )
    price_changes.withdraw(announcement, by=staff, at=local("2027-01-20"))

    runs.run_due(at=local("2027-02-01"))

    assert lines("2027-02") == [("02-01", "03-01", "49.00", "49.00", "21")]


def test_a_line_is_cut_where_the_vat_rate_changes(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    dutch_vat_rises(monkeypatch, on=dt.date(2026, 12, 11))
    subscriber(ORDERED)

    runs.run_due(at=local("2026-12-01"))

    assert lines("2026-12") == [
        ("11-01", "12-01", "49.00", "49.00", "21"),
        ("12-01", "12-11", "49.00", "15.81", "21"),
        ("12-11", "01-01", "49.00", "33.19", "23"),
    ]
    vat_rows = Invoice.objects.get().vat_rows.values_list("rate", "net", "vat")
    assert [(f"{rate:.0f}", str(net), str(tax)) for rate, net, tax in vat_rows] == [
        ("23", "33.19", "7.63"),
        ("21", "64.81", "13.61"),
    ]
