"""Months, days and half-open periods. Pure: the zone and every instant are arguments.

A month or a day is one in the seller's time zone (`Europe/Amsterdam`, `Europe/Oslo`): it starts
at local midnight, whatever daylight saving makes of its length.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo


# Nobody plans further ahead, and every day until then has one after it.
LAST_DAY = dt.date(2099, 12, 31)


class Month(Struct, frozen=True, order=True, dict=True, cache_hash=True):
    """A calendar month, without a zone."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> Month:
        return _month(day.year, day.month)

    @classmethod
    def at(cls, instant: dt.datetime, zone: ZoneInfo) -> Month:
        """The month that `instant` (aware) falls in, locally."""
        return cls.of(local_day(instant, zone))

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-11`, a month of 2000 to 2099. Raises ValueError for anything else."""
        day = dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
        if not 2000 <= day.year <= LAST_DAY.year:
            raise ValueError(f"{text} is not a month of 2000 to {LAST_DAY.year}")
        return cls.of(day)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @cached_property
    def first_day(self) -> dt.date:
        return dt.date(self.year, self.number, 1)

    @cached_property
    def days(self) -> int:
        """28 to 31: the denominator of every proration."""
        return (self.next.first_day - self.first_day).days

    @cached_property
    def next(self) -> Month:
        return _month(self.year + self.number // 12, self.number % 12 + 1)

    @cached_property
    def previous(self) -> Month:
        return Month.of(self.first_day - dt.timedelta(days=1))

    def starts_at(self, zone: ZoneInfo) -> dt.datetime:
        return start_of(self.first_day, zone)


@lru_cache(maxsize=1_200)
def _month(year: int, number: int) -> Month:
    """One and the same each time: what it has worked out about itself is not worked out again."""
    return Month(year, number)


def local_day(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return instant.astimezone(zone).date()


@lru_cache(maxsize=4_096)
def start_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The instant at which `day` begins in `zone`, in UTC."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


def end_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The midnight after it."""
    return start_of(day + dt.timedelta(days=1), zone)


def last_day_before(ends_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The last day of what ends at `ends_at`: what ends at midnight has not that day any more."""
    return local_day(ends_at - dt.timedelta(microseconds=1), zone)


def first_day_free(ends_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The first day on which something that ends at `ends_at` is not used at all.

    An end at local midnight leaves that day free; an end later in the day has used it.
    """
    day = local_day(ends_at, zone)
    return day if ends_at == start_of(day, zone) else day + dt.timedelta(days=1)


def month_end(at: dt.datetime, zone: ZoneInfo, *, notice_days: int = 0) -> dt.datetime:
    """The first end of a month that lies at least `notice_days` after `at`, as an instant.

    The end of November is the instant at which December begins: periods are half-open.
    """
    earliest = at + dt.timedelta(days=notice_days)
    return Month.at(earliest, zone).next.starts_at(zone)


def months(first: Month, last: Month) -> Iterator[Month]:
    """From `first` to `last`, both included; nothing when `last` comes before `first`."""
    month = first
    while month <= last:
        yield month
        month = month.next
