"""A small model of what the portal promises: who has access when, and which days are charged.

Written from the rules as people read them, minute by minute and day by day, without anything
from the code that it judges.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
A_DAY = dt.timedelta(days=1)
A_CENT = Decimal("0.01")


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=AMSTERDAM)


def day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(AMSTERDAM).date()


def next_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def fee_of_day(per_month: Decimal, day: dt.date) -> Decimal:
    """What the month costs with this day, less what it costs without: always whole cents.

    So that the days of a month sum to the month, to the cent.
    """
    days_in_month = (next_month(day) - A_DAY).day
    with_it = per_month * day.day / days_in_month
    without_it = per_month * (day.day - 1) / days_in_month
    return with_it.quantize(A_CENT, ROUND_HALF_UP) - without_it.quantize(A_CENT, ROUND_HALF_UP)


@dataclass
class Spell:
    """One subscription, from its start to its end."""

    subscription_id: int
    start: dt.datetime
    charged_from: dt.date
    quantities: list[tuple[dt.datetime, int]]
    end: dt.datetime | None = None
    pauses: list[tuple[dt.datetime, dt.datetime | None]] = field(default_factory=list)

    def over(self, at: dt.datetime) -> bool:
        return self.end is not None and self.end <= at

    def paused(self, at: dt.datetime) -> bool:
        return any(since <= at and (until is None or at < until) for since, until in self.pauses)

    def pause(self, at: dt.datetime) -> None:
        self.pauses.append((at, None))

    def go_on(self, at: dt.datetime) -> None:
        since, _until = self.pauses.pop()
        self.pauses.append((since, at))

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
    # "asks": waits for consent; "on": has it; "off": has it, and waits for a licence since when
    application: str = "asks"
    off_since: dt.datetime | None = None

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
            day_of(spell.end) + A_DAY
            for spell in self.spells
            if spell.end and spell.end > midnight(day_of(spell.end))
        ]
        return max([day_of(at), *used])

    def begin(self, spell: Spell, restore: dt.timedelta) -> None:
        self.spells.append(spell)
        self.bring_back(spell.start, restore)

    def bring_back(self, at: dt.datetime, restore: dt.timedelta) -> None:
        """There is a licence again: soon enough, or consent is asked for anew."""
        if self.application == "off" and self.off_since is not None:
            self.application = "on" if at <= self.off_since + restore else "asks"

    def notice_ends(self, at: dt.datetime) -> None:
        """What is written down once an end has come."""
        if self.last and self.last.over(at) and self.application == "on":
            self.application, self.off_since = "off", self.last.end

    def may_be_asked_for(self, at: dt.datetime, restore: dt.timedelta) -> bool:
        """Not while it works, nor while it comes back by itself with the licence."""
        if self.application == "off":
            assert self.off_since
            return at > self.off_since + restore
        return self.application == "asks"

    def consent(self, at: dt.datetime) -> None:
        """Everybody has agreed; without a licence the application waits for it."""
        if self.access(at):
            self.application = "on"
        else:
            self.application, self.off_since = "off", at

    def works(self, at: dt.datetime) -> bool:
        return self.application == "on" and self.access(at)
