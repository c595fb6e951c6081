"""The short ways through drafting lead to the same documents as the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing import drafting
from billing.rating import LaterRate, one_quantity, quantities_by_day
from subscriptions.periods import Month
from tests.billing.test_drafting_tiers import MOMENTS, ODD, PACKAGE, START, lives
from tests.factories.billing import (
    AMSTERDAM,
    account,
    as_billed,
    charged_subscription,
    component,
    drafted,
    local,
)

if TYPE_CHECKING:
    from billing.drafts import Account, Draft
    from billing.rating import ChargedSubscription

MONTHS = tuple(Month(2026, 11 + number) for number in range(2)) + tuple(
    Month(2027, number) for number in range(1, 6)
)


def the_long_way(of: Account, month: Month) -> tuple[Draft, ...]:
    """Every month from the start, day by day."""
    with patch.object(drafting, "one_quantity", return_value=None):
        return drafted(replace(of, settled_before=None), month)


@st.composite
def paused_lives(draw: st.DrawFn) -> ChargedSubscription:
    """The same with suspensions, one of them perhaps still going on."""
    moments = sorted(draw(st.lists(MOMENTS, max_size=5, unique=True)))
    pauses = zip(moments[::2], [*moments[1::2], None][: len(moments[::2])], strict=True)
    return replace(
        draw(lives()), suspensions=tuple(pauses), charged_while_suspended=draw(st.booleans())
    )


THERE_AND_BACK = charged_subscription(
    START,
    components=(
        replace(
            component((START, 3), rate=ODD),
            later=tuple(
                LaterRate(effective_at=local(day, "00:00"), announced_at=START, rate=rate)
                for day, rate in [("2027-01-05", PACKAGE), ("2027-01-15", ODD)]
            ),
        ),
    ),
)


@example(life=THERE_AND_BACK)
@given(life=paused_lives())
def test_month_by_month_the_short_way_equals_the_long_one(life: ChargedSubscription) -> None:
    before = account(life)
    for month in MONTHS:
        drafts = drafted(before, month)

        assert drafts == the_long_way(before, month)

        # As the next run finds it: everything up to the month before was settled with it.
        before = replace(
            before,
            billed=as_billed(before.billed, drafts=drafts),
            known_until=month,
            settled_before=month.previous,
        )
    assert the_long_way(before, MONTHS[-1]) == ()


@given(life=paused_lives())
def test_a_plain_month_has_the_same_days(life: ChargedSubscription) -> None:
    for part in life.components:
        for month in MONTHS:
            plain = one_quantity(life, part, month, AMSTERDAM)
            if plain is not None:
                days, quantity = plain
                by_day = [quantity if day in days else 0 for day in range(month.days)]

                assert by_day == quantities_by_day(life, part, month, AMSTERDAM)
