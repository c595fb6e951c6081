"""A story told in any order and played in the order of time, the due jobs in between."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from portal.demo.passing import do_what_is_due, stops
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass
class Story:
    """What happens when. Played in the order of time, whatever the order it was told in."""

    events: list[tuple[dt.datetime, Callable[[dt.datetime], object]]] = field(default_factory=list)

    def at(self, instant: dt.datetime, event: Callable[[dt.datetime], object]) -> None:
        self.events.append((instant, event))

    def play(self, start: dt.datetime, until: dt.datetime) -> None:
        """Between two events time passes, and at each turn of a month the due jobs run."""
        now = start
        for instant, event in sorted(self.events, key=lambda pair: pair[0]):
            now = _pass(now, min(instant, until))
            event(now)
        _pass(now, until)


def back(at: dt.datetime, months: int, *, day: int, time: str) -> dt.datetime:
    """A local moment in the month that lies `months` before that of `at`."""
    month = Month.at(at, ZONE)
    for _step in range(months):
        month = month.previous
    moment = dt.datetime.combine(month.first_day.replace(day=day), dt.time.fromisoformat(time))
    return moment.replace(tzinfo=ZONE).astimezone(dt.UTC)


def _pass(now: dt.datetime, until: dt.datetime) -> dt.datetime:
    if until > now:
        for stop in stops(now, until):
            do_what_is_due(stop, send_mail=False)
    return max(now, until)
