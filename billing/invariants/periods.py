from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import Invoice, InvoiceLine
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "The days of a line lie within one month, which is not later than its document's."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows have their own dates
    lines = InvoiceLine.objects.order_by("pk").values_list(
        "invoice__number",
        "invoice__origin",
        "invoice__month",
        "position",
        "period_from",
        "period_until",
        "month_days",
    )
    for number, origin, document, position, first, until, month_days in lines.iterator():
        if origin == Invoice.Origin.CORRECTION and month_days == (until - first).days:
            month_days = Month.of(first).days  # noqa: PLW2901 - an amount, for all of its days
        if _is_outside(first, until, month_days, Month.of(document)):
            yield f"{number}, line {position}: {first} – {until}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    for line in draft.lines:
        if _is_outside(line.period_from, line.period_until, line.month_days, draft.month):
            yield f"{line.component.code}: {line.period_from} – {line.period_until}"


def _is_outside(first: dt.date, until: dt.date, month_days: int, document: Month) -> bool:
    month = Month.of(first)
    within = first < until <= month.next.first_day
    return not within or first >= document.next.first_day or month_days != month.days
