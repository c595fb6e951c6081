"""Months in which VAT changes: what was used before that day, and what from it on.

Days are read of those months alone, which hardly ever come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing import vat
from billing.metering.queries import usage_by_day
from billing.usage import Stretch
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from billing.metering.models import UsageClass
    from billing.metering.queries import MonthUsage

# By the first day of the month, then by tenant, meter and class.
type UseByDay = Mapping[dt.date, Mapping[tuple[int, str, UsageClass], Mapping[dt.date, int]]]


def use_by_day(tenant_ids: Collection[int], first_days: Iterable[dt.date]) -> UseByDay:
    """Of the months in which some seller's VAT changes."""
    return {
        first_day: usage_by_day(tenant_ids, Month.of(first_day))
        for first_day in sorted(first_days)
        if vat.changes_for_some(first_day, Month.of(first_day).next.first_day)
    }


def cut(
    month: Month, charged: Iterable[MonthUsage], *, seller_country: str, by_day: UseByDay
) -> tuple[Stretch, ...]:
    """The days before and after, with what was `charged` of each; empty where there is no cut."""
    first, until = month.first_day, month.next.first_day
    if not vat.changes_within(seller_country, first, until):
        return ()
    whats = {(row.tenant_id, row.meter, row.usage_class) for row in charged}
    days = [item for what in whats for item in by_day[first].get(what, {}).items()]
    return tuple(
        Stretch(begins, ends, sum(quantity for day, quantity in days if begins <= day < ends))
        for begins, ends in vat.stretches(seller_country, first, until)
    )
