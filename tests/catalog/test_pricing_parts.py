from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import Part, PriceModel, Rate, Tier, WrongRate, charge, parts_of

TIERS = (Tier(1000, Decimal("0.004")), Tier(None, Decimal("0.003")))
GRADUATED = Rate(PriceModel.GRADUATED, tiers=TIERS, included_per_user=100, minimum=Decimal(2))


def test_a_line_a_tier_beyond_what_the_users_include() -> None:
    assert parts_of(GRADUATED, 2300, users=3) == (
        Part(1000, Decimal("0.004"), tier=1),
        Part(1000, Decimal("0.003"), tier=2),
    )


def test_what_is_charged_at_all_costs_the_minimum() -> None:
    assert parts_of(GRADUATED, 301, users=3) == (
        Part(1, Decimal("0.004"), tier=1),
        Part(1, Decimal("1.996"), lifts_to_minimum=True),
    )
    assert parts_of(GRADUATED, 300, users=3) == ()


def test_a_minimum_is_not_negative() -> None:
    with pytest.raises(WrongRate):
        Rate(PriceModel.PER_UNIT, Decimal(1), minimum=Decimal(-1))


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 20))
def test_more_use_never_costs_less_and_more_users_never_cost_more(
    quantity: int, more: int, users: int
) -> None:
    cost = charge(GRADUATED, quantity, users=users)

    assert charge(GRADUATED, quantity + more, users=users) >= cost
    assert charge(GRADUATED, quantity, users=users + 1) <= cost
    assert (
        sum((part.amount for part in parts_of(GRADUATED, quantity, users=users)), Decimal(0))
        == cost
    )
