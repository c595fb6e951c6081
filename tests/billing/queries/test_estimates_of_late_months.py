"""What is said of a change or an end while this month is not done: what is then invoiced."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.models import Invoice, RunItem
from billing.operations import runs
from billing.queries import cancellation_charges, next_invoice, next_invoice_with
from customers.actors import SCHEDULE
from customers.models import Organisation
from subscriptions.operations import orders, quantity_changes
from subscriptions.periods import Month
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import cancel_as_read, confirm_set_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.queries import Document
    from catalog.models import Seller
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
NOW = local("2026-12-02")


def rows(document: Document | None) -> list[tuple[str, str, int, str]]:
    assert document is not None
    return [
        (f"{line.period_from:%m-%d}", f"{line.period_until:%m-%d}", line.quantity, str(line.net))
        for line in document.lines
    ]


@pytest.fixture
def sandbox(seller: Seller) -> Subscription:
    """Five users at EUR 30.00 a month from 16 November."""
    customer, owner, tenant = customer_with_tenant()
    at = local("2026-11-16")
    order = orders.subscribe(
        customer,
        product_code=SANDBOX,
        quantities={"sales-premium": 5},
        tenant=tenant,
        by=owner,
        at=at,
    )
    return confirm_set_up(order, by=owner, at=at)


def not_opened(seller: Seller, customer: Organisation) -> None:
    """December's run, which is late."""


def at_work(seller: Seller, customer: Organisation) -> None:
    runs.open_run(seller, Month(2026, 12), at=FIRST_OF_DECEMBER)


def holding_the_customer(seller: Seller, customer: Organisation) -> None:
    Organisation.objects.filter(pk=customer.pk).update(street="")
    runs.run_due(at=FIRST_OF_DECEMBER)
    Organisation.objects.filter(pk=customer.pk).update(street="Street 1")


def twice_late(seller: Seller, customer: Organisation) -> None:
    """Somebody else has been invoiced since October; nobody was in November."""
    subscriber(local("2026-09-23"))
    runs.run_due(at=local("2026-10-01", "00:05"))


LATE = pytest.mark.parametrize(
    "december_is", [not_opened, at_work, holding_the_customer, twice_late]
)


def december_is_done(at: dt.datetime) -> Invoice:
    for item in RunItem.objects.needing_attention():
        runs.retry(item, by=SCHEDULE, at=at)
    runs.run_due(at=at)
    return Invoice.objects.distinct().get(month="2026-12-01", lines__component="sales-premium")


@LATE
def test_what_is_said_of_a_change_is_billed_when_this_month_is_done_late(
    seller: Seller, sandbox: Subscription, december_is: Callable[..., None]
) -> None:
    """The late run knows no change of now (docs/decisions/0010): two invoices, not one."""
    december_is(seller, sandbox.organisation)

    assert next_invoice(sandbox.organisation, NOW).month == dt.date(2026, 12, 1)
    said = next_invoice_with(sandbox, {"sales-premium": 6}, NOW)
    quantity_changes.change(sandbox, quantities={"sales-premium": 6}, by=sandbox.ordered_by, at=NOW)
    december = december_is_done(NOW)
    runs.run_due(at=FIRST_OF_JANUARY)

    assert (said.month, said.on) == (dt.date(2027, 1, 1), dt.date(2027, 1, 1))
    assert rows(said.document) == [
        ("12-02", "01-01", 1, "EUR 29.03"),
        ("01-01", "02-01", 6, "EUR 180.00"),
    ]
    assert str(december.net) == "225.00"  # November from the 16th, and December
    january = Invoice.objects.get(organisation=sandbox.organisation, month="2027-01-01")
    assert said.document is not None
    assert said.document.gross is not None
    assert said.document.gross.amount == january.gross


@LATE
def test_what_is_said_of_an_end_is_credited_when_this_month_is_done_late(
    seller: Seller, sandbox: Subscription, december_is: Callable[..., None]
) -> None:
    december_is(seller, sandbox.organisation)

    said = cancellation_charges(sandbox, ends_at=NOW, at=NOW)
    cancel_as_read(sandbox, at=NOW)
    december = december_is_done(NOW)
    runs.run_due(at=FIRST_OF_JANUARY)

    assert (said.on, said.is_credit, str(said.amount)) == (dt.date(2027, 1, 1), True, "EUR 140.32")
    assert str(december.net) == "225.00"
    january = Invoice.objects.get(organisation=sandbox.organisation, month="2027-01-01")
    assert (january.kind, str(january.net)) == ("credit_note", "140.32")
