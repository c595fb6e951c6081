"""How long a licence file is good for. Pure.

The field's three dates (D2.6): from `warning_at` administrators are told, at `expires_at` it
should have been replaced, until `grace_until` it still works.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclass fields
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subscriptions.periods import Month

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Dates:
    warning_at: dt.datetime
    expires_at: dt.datetime
    grace_until: dt.datetime


def dates_of(
    *,
    ends_at: dt.datetime | None,
    zone: ZoneInfo,
    at: dt.datetime,
    warning: dt.timedelta,
    grace: dt.timedelta,
) -> Dates:
    """For a file made at `at`: to the end of the paid month, or of the next one when that is near,
    which is when `warning` before it has come.

    `ends_at` is the known end of everything in it. A file ends there and has no grace, because
    what was cancelled is over; grace is for a successor that comes late. One that ends before has
    no grace beyond it.
    """
    month_end = Month.at(at + warning, zone).next.starts_at(zone)
    if ends_at is not None and ends_at <= month_end:
        return Dates(max(at, ends_at - warning), ends_at, ends_at)
    grace_until = month_end + grace
    return Dates(month_end - warning, month_end, min(grace_until, ends_at or grace_until))
