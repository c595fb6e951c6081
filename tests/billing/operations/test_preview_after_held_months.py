"""Whoever was left out of earlier months: the preview says what the run makes of all of them.

Left out by staff or for an address, tried again or not, and with the runs before it done or still
to come.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.invariants import every
from billing.models import BillingHold, Invoice, MonthPreview, PreviewRow, RunItem
from billing.operations import holds, previews, runs
from catalog.models import Seller
from customers.models import Organisation
from subscriptions.periods import Month
from tests.billing.operations.life import STEPS, Life
from tests.examples import some
from tests.factories.billing import AMSTERDAM, foreseen

if TYPE_CHECKING:
    from billing.operations.previewed import Preview

pytestmark = pytest.mark.usefixtures("credits_go")

MONTHS = (Month(2026, 10), Month(2026, 11), Month(2026, 12), Month(2027, 1))
BEFORE = MONTHS[0].previous  # due first where what was used in August becomes known
# What happens before the month, whether its run leaves the customer out, what staff do about that
# afterwards, and whether the run comes only with that of the next month.
A_MONTH = st.tuples(
    st.lists(STEPS, min_size=1, max_size=4),
    st.sampled_from(["", "held", "no_address"]),
    st.sampled_from(["nothing", "let go", "let go and done"]),
    st.booleans(),
)
type Months = tuple[tuple[list[tuple[str, int]], str, str, bool], ...]


SOME = some(6)

USED_IN_AUGUST: Months = (
    ([("use_calls", 1)], "", "nothing", True),
    ([("use_late", 1)], "", "let go", False),
    ([("use_records", 1), ("use_calls", 1)], "", "nothing", False),
    ([("use_calls", 1)], "", "nothing", False),
)


@pytest.mark.slow
@SOME
@given(months=st.tuples(*[A_MONTH] * len(MONTHS)))
@example(months=USED_IN_AUGUST)
def test_the_run_makes_what_the_preview_said(open_for_all: None, months: Months) -> None:
    _live_through(months)


@pytest.mark.chaos
@settings(SOME, max_examples=150, derandomize=False)
@given(months=st.tuples(*[A_MONTH] * len(MONTHS)))
def test_it_does_at_length(open_for_all: None, months: Months) -> None:
    _live_through(months)


def _live_through(months: Months) -> None:
    with transaction.atomic():
        life = Life()
        afterwards = "nothing"
        for month, (steps, left_out, then, waits) in zip(MONTHS, months, strict=True):
            life.now = max(life.now, month.previous.starts_at(AMSTERDAM))
            _let_go(life, afterwards)
            for step in steps:
                if life.now + dt.timedelta(days=3) < month.starts_at(AMSTERDAM):
                    life.take(*step)
            _leave_out(life, left_out, month)
            afterwards = then
            if not waits or month == MONTHS[-1]:
                _says_and_is(life, month)
        assert every.check_all(at=life.now) == []
        transaction.set_rollback(True)


def _leave_out(life: Life, how: str, month: Month) -> None:
    if how == "held":
        customer = Organisation.objects.get(pk=life.customer.pk)
        holds.hold(customer, month=month, reason="Disputed", by=life.clerk, at=life.now)
    if how == "no_address":
        Organisation.objects.filter(pk=life.customer.pk).update(street="")


def _let_go(life: Life, afterwards: str) -> None:
    Organisation.objects.filter(pk=life.customer.pk).update(street="Street 1")
    if afterwards == "nothing":
        return
    for placed in BillingHold.objects.unreleased():
        holds.release(placed, by=life.clerk, at=life.now)
    left = RunItem.objects.of(life.customer).needing_attention().with_names()
    runs.retry_each(left, by=life.clerk, at=life.now)
    if afterwards == "let go and done":
        runs.run_due(at=life.now)


def _says_and_is(life: Life, month: Month) -> None:
    """Of every month that is done by the run of `month`, a moment before it begins."""
    seller = Seller.objects.get(code="nl")
    customer = Organisation.objects.get(pk=life.customer.pk)
    months = (BEFORE, *MONTHS[: MONTHS.index(month) + 1])
    said = {each: foreseen(customer, each, at=life.now) for each in months}
    rows = _rows(life, seller, month)
    life.now = month.starts_at(AMSTERDAM) + dt.timedelta(minutes=5)

    while run := runs.next_run(seller, at=life.now):
        if run.month == month.first_day:  # those before it are done, and it is not
            assert _rows(life, seller, month) == rows
        runs.complete(run, at=life.now)
        _is_as_said(life, said[Month.of(run.month)])


def _rows(life: Life, seller: Seller, month: Month) -> list[dict[str, Any]]:
    MonthPreview.objects.all().delete()
    preview = previews.ask(seller, month, by=life.clerk, at=life.now)
    previews.complete(preview, at=life.now)
    rows = PreviewRow.objects.by_name().values()
    return [{**row, "id": 0, "preview_id": 0} for row in rows]


def _is_as_said(life: Life, said: Preview) -> None:
    item = RunItem.objects.of(life.customer).get(run__month=said.month.first_day)
    of_month = Invoice.objects.of(life.customer).filter(
        month=said.month.first_day, origin="run", issued_at=life.now
    )
    assert (item.cause, item.detail) == said.problem
    assert [
        (
            each.net * each.sign,
            each.vat * each.sign,
            [line.net * each.sign for line in each.lines.all()],
        )
        for each in of_month.order_by("pk")
    ] == [
        (draft.net, draft.vat, [line.net for line in draft.lines])
        for draft in said.drafts
        if not said.problem[0]
    ]
