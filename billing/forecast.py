"""What a month will have used when it is over, by what it has used so far. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from subscriptions.periods import Month

A_MICROSECOND = dt.timedelta(microseconds=1)
A_DAY = dt.timedelta(days=1)  # minutes say nothing of a month: the first day counts as a whole one


def expected(quantity: int, month: Month, *, at: dt.datetime, zone: ZoneInfo) -> int:
    """Units by the end of `month` when it goes on as it went until `at`, of which `quantity` is
    what was used: of today the hours that are over count, and no more. Rounded down.
    """
    begins_at, ends_at = month.starts_at(zone), month.next.starts_at(zone)
    length = ends_at - begins_at
    elapsed = min(max(at - begins_at, A_DAY), length)
    # As whole numbers: millions of units times a month are more than a timedelta holds.
    return quantity * (length // A_MICROSECOND) // (elapsed // A_MICROSECOND)
