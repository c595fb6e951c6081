"""Credits of tiered prices are differences of fees; and what holds for every life of a price."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.drafts import BilledLine, Buyer
from billing.rating import LaterRate
from catalog.pricing import PriceModel, Rate, Tier
from subscriptions.models import NOTICE_OF_A_PRICE
from subscriptions.periods import Month
from tests.factories.billing import (
    DUTCH_BUYER,
    account,
    as_billed,
    charged_subscription,
    component,
    drafted,
    lines_of,
    local,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.rating import ChargedSubscription

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
GERMAN = Buyer(country="DE", vat_number_well_formed=True, has_address=True)
GERMAN_UNPROVEN = Buyer(country="DE", vat_number_well_formed=False, has_address=True)

type Row = tuple[str, str, str, int, str]


START = local("2026-11-16", "14:00")
GRADUATED = Rate(
    PriceModel.GRADUATED,
    tiers=(Tier(2, Decimal(40)), Tier(5, Decimal(25)), Tier(None, Decimal(10))),
)
VOLUME = Rate(PriceModel.VOLUME, tiers=(Tier(3, Decimal(40)), Tier(None, Decimal("20.333333"))))
PACKAGE = Rate(PriceModel.PACKAGE, Decimal("33.33"), package_size=3)
ODD = Rate(PriceModel.PER_UNIT, Decimal("0.333333"))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(GRADUATED, [(-3, "20.000000", "-60.00")], id="graduated: the dear ones stay"),
        pytest.param(VOLUME, [(-3, "0.666666", "-2.00")], id="volume: fewer are dearer each"),
        pytest.param(PACKAGE, [(-3, "11.110000", "-33.33")], id="package: one package less"),
    ],
)
def test_tiered_credit_is_the_difference_of_fees(
    rate: Rate, expected: list[tuple[int, str, str]]
) -> None:
    six = charged_subscription(START, components=(component((START, 6), rate=rate),))
    three = charged_subscription(
        START,
        components=(component((START, 6), (local("2026-11-30", "23:30"), 3), rate=rate),),
    )
    known = as_billed(drafts=drafted(account(six), DECEMBER))

    drafts = drafted(account(three, billed=known), DECEMBER)

    found = [(line.quantity, str(line.unit_price), str(line.net)) for line in lines_of(drafts)]
    assert found == expected


STEEP = Rate(PriceModel.VOLUME, tiers=(Tier(10, Decimal(10)), Tier(None, Decimal(8))))


def test_more_units_that_cost_less_give_back_with_the_vat_that_was_charged() -> None:
    """10 × 10.00 and then 11 × 8.00 for 27 of the 31 days; the customer has moved meanwhile."""
    start, more = local("2026-12-01", "00:00"), local("2026-12-05")
    before = charged_subscription(start, components=(component((start, 10), rate=STEEP),))
    known = as_billed(drafts=drafted(account(before), JANUARY))
    after = charged_subscription(
        start, components=(component((start, 10), (more, 11), rate=STEEP),)
    )

    [document] = drafted(account(after, billed=known, buyer=GERMAN), Month(2027, 1))

    [december, january] = document.lines
    assert (december.kind, december.quantity, str(december.unit_price)) == (
        "adjustment",
        1,
        "-12.000000",
    )
    assert (str(december.net), december.vat_category, str(december.vat_rate)) == (
        "-10.45",
        "S",
        "21",
    )
    assert (str(january.net), january.vat_category) == ("-12.00", "S")


def test_what_fewer_units_cost_more_goes_with_them() -> None:
    """It has the VAT of what it changes the price of: in the end nothing is left of either."""
    start = local("2026-12-01", "00:00")
    eleven = charged_subscription(start, components=(component((start, 11), rate=STEEP),))
    ten = charged_subscription(
        start, components=(component((start, 11), (local("2026-12-05"), 10), rate=STEEP),)
    )
    never = replace(ten, ends_at=start, cancelled_at=start)
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]] = {}
    nets: list[tuple[str, str]] = []
    for life, buyer in ((eleven, DUTCH_BUYER), (ten, GERMAN), (never, GERMAN)):
        drafts = drafted(account(life, billed=billed, buyer=buyer), JANUARY)
        billed = as_billed(billed, drafts=drafts)
        nets += [
            (line.vat_category, str(line.net))
            for line in lines_of(drafts)
            if line.period_from < JANUARY.first_day
        ]

    assert nets == [("S", "88.00"), ("S", "10.06"), ("S", "-14.19"), ("S", "-83.87")]


MOMENTS = st.integers(1, 103 * 24 * 60).map(lambda minutes: START + dt.timedelta(minutes=minutes))
RATES = st.sampled_from([GRADUATED, VOLUME, PACKAGE, ODD])
STEEPER = Rate(PriceModel.VOLUME, tiers=(Tier(3, Decimal(40)), Tier(None, Decimal(10))))


@st.composite
def later_rates(draw: st.DrawFn, rates: tuple[Rate, Rate]) -> tuple[LaterRate, ...]:
    """A price that changes, perhaps twice in a month and back to what it was."""
    days = draw(st.lists(st.integers(1, 103), max_size=3, unique=True).map(sorted))
    midnights = [local(str(START.date() + dt.timedelta(days=day)), "00:00") for day in days]
    return tuple(
        LaterRate(
            effective_at=at,
            announced_at=at - NOTICE_OF_A_PRICE - dt.timedelta(days=1),
            rate=draw(st.sampled_from(rates)),
        )
        for at in midnights
    )


@st.composite
def lives(draw: st.DrawFn, rates: st.SearchStrategy[Rate] = RATES) -> ChargedSubscription:
    """A subscription with any changes of quantity and of price, and perhaps an end."""
    changes = draw(st.lists(st.tuples(MOMENTS, st.integers(1, 9)), max_size=6))
    quantities = [(START, draw(st.integers(1, 9))), *sorted(changes, key=lambda change: change[0])]
    end = draw(st.none() | MOMENTS)
    rate = draw(rates)
    charged = replace(
        component(*quantities, rate=rate), later=draw(later_rates((rate, draw(rates))))
    )
    return charged_subscription(START, components=(charged,), ends_at=end, cancelled_at=end)


@given(life=lives())
def test_drafting_again_gives_nothing(life: ChargedSubscription) -> None:
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]] = {}
    for month in (DECEMBER, JANUARY, Month(2027, 2), Month(2027, 3)):
        drafts = drafted(account(life, billed=billed), month)
        billed = as_billed(billed, drafts=drafts)

        assert drafted(account(life, billed=billed), month) == ()


@given(life=lives())
def test_whatever_the_way_a_month_costs_the_same(life: ChargedSubscription) -> None:
    """Billed month by month with what was known, or all at once with hindsight: the same cents."""
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]] = {}
    by_month = Decimal(0)
    for month in (DECEMBER, JANUARY, Month(2027, 2), Month(2027, 3)):
        drafts = drafted(account(life, billed=billed), month)
        billed = as_billed(billed, drafts=drafts)
        by_month += sum(each.net for each in drafts)

    at_once = sum(each.net for each in drafted(account(life), Month(2027, 3)))

    assert by_month == at_once


@given(life=lives(), end=MOMENTS)
def test_a_credit_never_exceeds_what_was_charged(
    life: ChargedSubscription, end: dt.datetime
) -> None:
    lasting = replace(life, ends_at=None, cancelled_at=None)
    paid = drafted(account(lasting), Month(2027, 3))
    ended = replace(life, ends_at=end, cancelled_at=end)

    credited = drafted(account(ended, billed=as_billed(drafts=paid)), Month(2027, 3))

    assert sum(each.net for each in (*paid, *credited)) >= 0


THREE_AND_THEN_FOUR = charged_subscription(
    START, components=(component((START, 3), (local("2026-12-05"), 4), rate=STEEPER),)
)


@example(life=THREE_AND_THEN_FOUR, moved=[False, True, True, True])
@given(
    life=lives() | lives(st.just(STEEPER)), moved=st.lists(st.booleans(), min_size=4, max_size=4)
)
def test_no_vat_goes_back_that_was_not_charged(
    life: ChargedSubscription, moved: list[bool]
) -> None:
    """Wherever the customer is when a month is drafted; and after its end nothing is left."""
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]] = {}
    charged: dict[tuple[dt.date, str], Decimal] = defaultdict(Decimal)
    ended = replace(life, ends_at=START, cancelled_at=START)
    months = (DECEMBER, JANUARY, Month(2027, 2), Month(2027, 3))
    for month, is_german in zip(months, moved, strict=True):
        buyer = GERMAN if is_german else DUTCH_BUYER
        drafts = drafted(account(life, billed=billed, buyer=buyer), month)
        billed = as_billed(billed, drafts=drafts)
        for line in lines_of(drafts):
            charged[line.period_from.replace(day=1), line.vat_category] += line.net

        assert all(net >= 0 for net in charged.values())

    for line in lines_of(drafted(account(ended, billed=billed), Month(2027, 3))):
        charged[line.period_from.replace(day=1), line.vat_category] += line.net
    started = (START.date().replace(day=1), "S"), (START.date().replace(day=1), "AE")
    assert {key: net for key, net in charged.items() if net and key not in started} == {}


@given(life=lives())
def test_vat_is_that_of_the_sum(life: ChargedSubscription) -> None:
    for each in drafted(account(life), Month(2027, 2)):
        assert each.net == sum(line.net for line in each.lines) == sum(r.net for r in each.vat_rows)
        assert each.gross == each.net + sum(row.vat for row in each.vat_rows)
        for row in each.vat_rows:
            assert abs(row.vat - row.net * row.rate / 100) <= Decimal("0.005")
