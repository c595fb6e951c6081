"""A small model of what the portal promises: who has access when, and which days are charged.

Written from the rules as people read them, minute by minute and day by day, without anything
from the code that it judges.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
A_DAY = dt.timedelta(days=1)


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=AMSTERDAM)


def day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(AMSTERDAM).date()


def next_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


@dataclass
class Spell:
    """One subscription, from its start to its end."""

    subscription_id: int
    start: dt.datetime
    charged_from: dt.date
    quantities: list[tuple[dt.datetime, int]]
    end: dt.datetime | None = None
    pauses: list[list[dt.datetime | None]] = field(default_factory=list)

    def over(self, at: dt.datetime) -> bool:
        return self.end is not None and self.end <= at

    def paused(self, at: dt.datetime) -> bool:
        return any(since <= at and (until is None or at < until) for since, until in self.pauses)

    def access(self, at: dt.datetime) -> bool:
        return self.start <= at and not self.over(at) and not self.paused(at)

    def quantity_charged(self, day: dt.date) -> int:
        """The highest quantity in force at any moment of the day."""
        if day < self.charged_from:
            return 0
        opens, closes = midnight(day), midnight(day + A_DAY)
        end = self.end or closes
        if self.start >= closes or end <= opens or self.start >= end:
            return 0
        before = [n for at, n in self.quantities if at <= opens][-1:]
        during = [n for at, n in self.quantities if opens < at < min(closes, end)]
        return max(before + during)


@dataclass
class Place:
    """One product on one tenant, with an application that lives on it."""

    name: str
    spells: list[Spell] = field(default_factory=list)
    # "on" has consent; "off" was deactivated; "asks" lost its consent
    application: str = "on"

    @property
    def last(self) -> Spell | None:
        return self.spells[-1] if self.spells else None

    def live(self, at: dt.datetime) -> Spell | None:
        return self.last if self.last and not self.last.over(at) else None

    def access(self, at: dt.datetime) -> bool:
        return any(spell.access(at) for spell in self.spells)

    def first_day_charged(self, at: dt.datetime) -> dt.date:
        """Today, unless an earlier spell has used up today already."""
        used = [
            day_of(s.end) + A_DAY
            for s in self.spells
            if s.end and s.end > midnight(day_of(s.end))
        ]
        return max([day_of(at), *used])

    def begin(self, spell: Spell, restore: dt.timedelta) -> None:
        previous = self.last
        if previous and previous.end and self.application == "off":
            self.application = "on" if spell.start <= previous.end + restore else "asks"
        self.spells.append(spell)

    def notice_ends(self, at: dt.datetime) -> None:
        """What the job writes down once an end has come."""
        if self.last and self.last.over(at) and self.application == "on":
            self.application = "off"

    def works(self, at: dt.datetime) -> bool:
        return self.application == "on" and self.access(at)
