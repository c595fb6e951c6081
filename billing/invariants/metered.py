from __future__ import annotations

from typing import TYPE_CHECKING

from billing.metering import sums
from billing.metering.models import DetailMonth
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Usage per day is the sum of the events that are still kept, and never negative."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - sums do not depend on time
    for detail in DetailMonth.objects.filter(dropped_at__isnull=True).order_by("month", "meter"):
        yield from sums.differing_days(detail.meter_id, Month.of(detail.month))
    yield from sums.impossible_totals()
