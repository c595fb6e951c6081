"""Whatever was used, voided, changed, given back or suspended: the invoice is what was said.

Of a month before its run, however late that is; and of a change or an end before it is made.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.invariants import every
from billing.models import Invoice, InvoiceLine
from billing.operations import runs
from billing.operations.previewed import next_of
from billing.queries import cancellation_charges, next_invoice, next_invoice_with
from catalog.queries import seller_for
from customers.refusals import Refusal
from subscriptions.periods import Month
from tests.billing.operations.life import STEPS, Life
from tests.examples import some
from tests.factories.billing import AMSTERDAM, foreseen, local
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from billing.drafts import Draft
    from billing.queries import NextInvoice

pytestmark = pytest.mark.usefixtures("credits_go")

MONTHS = (Month(2026, 10), Month(2026, 11), Month(2026, 12))
# What happens before the month, how many days late its run is, to how many users the customer
# goes while it is, and whether the months before it are done when the preview is made.
A_MONTH = st.tuples(
    st.lists(STEPS, min_size=2, max_size=6),
    st.sampled_from([0, 1, 9]),
    st.integers(1, 9),
    st.booleans(),
)
type Months = tuple[tuple[list[tuple[str, int]], int, int, bool], ...]


SOME = some(12)


@pytest.mark.slow
@SOME
@given(months=st.tuples(A_MONTH, A_MONTH, A_MONTH))
def test_the_invoice_is_what_the_preview_said(open_for_all: None, months: Months) -> None:
    _live_through(months)


@pytest.mark.chaos
@settings(SOME, max_examples=150, derandomize=False)
@given(months=st.tuples(A_MONTH, A_MONTH, A_MONTH))
def test_it_is_at_length(open_for_all: None, months: Months) -> None:
    _live_through(months)


def _live_through(months: Months) -> None:
    with transaction.atomic():
        life = Life()
        for month, (steps, days_late, users, is_done) in zip(MONTHS, months, strict=True):
            life.now = max(life.now, month.previous.starts_at(AMSTERDAM))
            for step in steps:
                if life.now + dt.timedelta(days=3) < month.starts_at(AMSTERDAM):
                    life.take(*step)
            if is_done:
                runs.run_due(at=life.now)
            _says_and_is(life, month, days_late, users)
        assert every.check_all(at=life.now) == []
        _says_what_an_end_costs(life)
        assert every.check_all(at=life.now) == []
        transaction.set_rollback(True)


def _says_and_is(life: Life, month: Month, days_late: int, users: int) -> None:
    said = foreseen(life.customer, month, at=life.now)
    assert _staff_read(life, month) == list(said.drafts)
    estimated = next_invoice(life.customer, life.now)
    life.now = month.starts_at(AMSTERDAM) + dt.timedelta(days=days_late, minutes=5)
    said_of_a_change = _change(life, users)

    runs.run_due(at=life.now)

    of_month = Invoice.objects.of(life.customer).filter(month=month.first_day, origin="run")
    issued = list(of_month.order_by("pk"))
    assert said.problem == ("", "")
    assert [
        (draft.net, draft.vat, [(line.component.code, line.net) for line in draft.lines])
        for draft in said.drafts
    ] == [
        (
            each.net * each.sign,
            each.vat * each.sign,
            [(line.component, line.net * each.sign) for line in each.lines.all()],
        )
        for each in issued
    ]
    if estimated.month == month.first_day:  # else one of before comes first
        assert [each.net.amount for each in estimated.documents] == [each.net for each in issued]
    if said_of_a_change:
        assert next_invoice(life.customer, life.now) == said_of_a_change


def _staff_read(life: Life, month: Month) -> list[Draft]:
    """On the customer's page, before the month begins."""
    seller = seller_for(life.customer.country)
    coming = next_of(life.customer, seller=seller, at=life.now)
    return [draft for each in coming if each.month == month for draft in each.drafts]


def _change(life: Life, users: int) -> NextInvoice | None:
    """What is said of another number of users, which the customer goes to; the month that has
    begun is not done. None where it is refused.
    """
    quantities = {"sales-premium": users, "service-premium": 1}
    said = next_invoice_with(life.current(), quantities, life.now)
    try:
        life.users(users)
    except Refusal:
        return None
    return said


def _says_what_an_end_costs(life: Life) -> None:
    """In January, which is not done yet."""
    life.now = local("2027-01-05")
    said = cancellation_charges(life.current(), ends_at=life.now, at=life.now)
    cancel_as_read(life.current(), at=life.now)

    runs.run_due(at=local("2027-01-06"))
    life.now = local("2027-02-01", "00:05")
    runs.run_due(at=life.now)

    lines = InvoiceLine.objects.filter(
        invoice__month="2027-02-01", subscription=life.subscription.pk
    ).select_related("invoice")
    assert sorted((line.kind, line.component, line.net.amount) for line in said.lines) == sorted(
        (line.kind, line.component, line.net * line.invoice.sign) for line in lines
    )
