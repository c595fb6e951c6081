"""The picture of a month's use: a bar for every day, against a scale and the days of the month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from billing.queries.usage import meter_names
from portal.formatting import locale_of, number_text
from portal.pages.presenters.subscriptions import language

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from billing.queries.days_of_use import Asked

# In the chart's own units. Its texts are enlarged on a phone, so they have room for that.
BAR, GAP, HEIGHT = 12, 4, 120
ABOVE, BELOW, CHARACTER = 12, 24, 10
DAYS_NAMED = (1, 8, 15, 22, 29)
# What the scale may end at, with as many noughts as it needs: half of it is round, too.
ROUND = (2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    height: int
    day: dt.date
    quantity: str
    is_aside: bool  # another day was chosen


@dataclass(frozen=True)
class Mark:
    """Of an axis: where it stands, and what it says."""

    at: int
    text: str


@dataclass(frozen=True)
class Chart:
    """One meter's days of a month."""

    code: str
    title: str
    description: str
    view: str  # what of the drawing is seen: room for the scale and the days, too
    width: int
    scale: list[Mark]
    days: list[Mark]
    bars: list[Bar]


def charts(sums: Mapping[str, Mapping[dt.date, int]], asked: Asked) -> list[Chart]:
    """One per meter, of the whole month; `sums` by its code and by day."""
    names = meter_names(language())
    return [_chart(code, names.get(code, code), sums[code], asked) for code in sorted(sums)]


def _chart(code: str, name: str, sums: Mapping[dt.date, int], asked: Asked) -> Chart:
    busiest = max(sums, key=lambda day: sums[day])
    top = _top(sums[busiest])
    scale = [Mark(HEIGHT - HEIGHT * each // top, _n(each)) for each in (0, top // 2, top)]
    left = CHARACTER * len(_n(top))
    width = asked.month.days * (BAR + GAP)
    return Chart(
        code=code,
        title=_("%(meter)s per day") % {"meter": name},
        description=_("%(total)s in the month; the most, %(most)s, on day %(day)s.")
        % {"total": _n(sum(sums.values())), "most": _n(sums[busiest]), "day": busiest.day},
        view=f"{-left} {-ABOVE} {left + width} {ABOVE + HEIGHT + BELOW}",
        width=width,
        scale=scale,
        days=[*_days(asked)],
        bars=[*_bars(sums, top, asked)],
    )


def _top(highest: int) -> int:
    """The first round number that is not lower."""
    noughts: int = 10 ** max(0, len(str(highest)) - 2)
    return next(each * noughts for each in ROUND if each * noughts >= highest)


def _days(asked: Asked) -> Iterator[Mark]:
    first = asked.month.first_day
    for number in DAYS_NAMED:
        if number <= asked.month.days:
            day = first.replace(day=number)
            name = format_skeleton("MMMd", day, locale=locale_of(language()))
            yield Mark(_left_of(day) + BAR // 2, name)


def _bars(sums: Mapping[dt.date, int], top: int, asked: Asked) -> Iterator[Bar]:
    for day, quantity in sorted(sums.items()):
        if quantity:
            height = max(1, HEIGHT * quantity // top)
            yield Bar(
                x=_left_of(day),
                y=HEIGHT - height,
                height=height,
                day=day,
                quantity=_n(quantity),
                is_aside=asked.day not in (None, day),
            )


def _left_of(day: dt.date) -> int:
    return (day.day - 1) * (BAR + GAP)


def _n(number: int) -> str:
    return number_text(number, language())
