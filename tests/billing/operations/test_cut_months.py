"""A month of use in which VAT changes: a line for what was used on either side."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.documents.einvoice.facts import Stated
from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.models import Invoice, InvoiceLine
from billing.operations import runs
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.billing.operations.reading import breaches_but_of_use
from tests.factories.billing import (
    customer_with_tenant,
    dutch_vat_rises,
    foreseen,
    local,
    subscriber,
)
from tests.factories.customers import TenantFactory
from tests.factories.shop import SCIM
from tests.factories.usage import RECORDS, count, open_metered_services

if TYPE_CHECKING:
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

CHANGED_ON = dt.date(2026, 11, 11)
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture(autouse=True)
def services(shop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    open_metered_services()
    subscriber(local("2026-10-03"))  # so that there are runs
    dutch_vat_rises(monkeypatch, on=CHANGED_ON)


def usage_lines(month: dt.date) -> list[tuple[str, str, str, str, int, str, str]]:
    lines = InvoiceLine.objects.filter(why__isnull=False, invoice__month=month)
    return [
        (
            line.kind,
            line.component,
            f"{line.period_from:%m-%d}",
            f"{line.period_until:%m-%d}",
            line.quantity,
            str(line.net),
            f"{line.vat_rate:.0f}",
        )
        for line in lines.order_by("invoice", "position")
    ]


def test_each_tier_is_cut_by_what_was_used(seller: Seller) -> None:
    customer, _owner, tenant = customer_with_tenant()
    count(tenant, "2026-11-10", 500)
    count(tenant, "2026-11-11", 1000)
    said = foreseen(customer, Month(2026, 12), at=local("2026-11-30"))

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert usage_lines(dt.date(2026, 12, 1)) == [
        ("usage", "calls.1", "11-01", "11-11", 333, "1.33", "21"),
        ("usage", "calls.1", "11-11", "12-01", 667, "2.67", "23"),
        ("usage", "calls.2", "11-01", "11-11", 166, "0.50", "21"),
        ("usage", "calls.2", "11-11", "12-01", 334, "1.00", "23"),
    ]
    invoice = Invoice.objects.of(customer).with_names().get()
    assert [(str(row.net), str(row.vat)) for row in invoice.vat_rows.all()] == [
        ("3.67", "0.84"),
        ("1.83", "0.38"),
    ]
    assert [draft.gross for draft in said.drafts] == [invoice.gross]
    rendered = render(invoice)
    assert rendered.data.lines[0].stated == Stated(
        Decimal(333), "C62", Decimal("0.004"), Decimal(1)
    )
    for kind in ("ubl", "cii"):
        assert broken_rules(kind, rendered.content(kind), is_german=False) == ()
    assert breaches_but_of_use(at=FIRST_OF_DECEMBER) == []


def test_what_comes_late_shifts_the_cut(seller: Seller) -> None:
    """500 more before the change: of 4.00 and 3.00 each side has half."""
    _customer, _owner, tenant = customer_with_tenant()
    count(tenant, "2026-11-10", 500)
    count(tenant, "2026-11-11", 1000)
    runs.run_due(at=FIRST_OF_DECEMBER)

    count(tenant, "2026-11-10", 500, on="2026-12-05")
    runs.run_due(at=FIRST_OF_JANUARY)
    runs.run_due(at=local("2027-02-01", "00:05"))

    assert usage_lines(dt.date(2027, 1, 1)) == [
        ("adjustment", "calls.1", "11-01", "11-11", 167, "0.67", "21"),
        ("credit", "calls.1", "11-11", "12-01", -167, "-0.67", "23"),
        ("adjustment", "calls.2", "11-01", "11-11", 334, "1.00", "21"),
        ("adjustment", "calls.2", "11-11", "12-01", 166, "0.50", "23"),
    ]
    assert usage_lines(dt.date(2027, 2, 1)) == []
    assert breaches_but_of_use(at=local("2027-02-01", "00:05")) == []


def test_what_all_tenants_share_is_cut_by_the_use_of_all(seller: Seller) -> None:
    customer, owner, tenant = customer_with_tenant()
    other = TenantFactory(organisation=customer)
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-11-02"))
    count(tenant, "2026-11-05", 90_000, meter=RECORDS)
    count(other, "2026-11-20", 60_001, meter=RECORDS)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert usage_lines(dt.date(2026, 12, 1)) == [
        ("usage", "records", "11-01", "11-11", 1, "30.00", "21"),
        ("usage", "records", "11-11", "12-01", 1, "20.00", "23"),
    ]
    assert breaches_but_of_use(at=FIRST_OF_DECEMBER) == []
