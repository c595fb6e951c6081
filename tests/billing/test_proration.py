from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.proration import part_of_month
from catalog.money import Currency

EUR = Currency.EUR

AMOUNTS = st.decimals(0, 100_000, places=6, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("full", "first", "until", "days", "expected"),
    [
        pytest.param("49", 0, 30, 30, "49.00", id="the whole month"),
        pytest.param("49", 15, 30, 30, "24.50", id="the second half"),
        pytest.param("49", 22, 30, 30, "13.07", id="eight of thirty"),
        pytest.param("49", 0, 22, 30, "35.93", id="the other twenty-two"),
        pytest.param("588", 9, 31, 31, "417.29", id="from the tenth of a long month"),
        pytest.param("588", 28, 29, 29, "20.28", id="29 February"),
        pytest.param("0.01", 0, 15, 30, "0.01", id="half a cent rounds up"),
        pytest.param("0.01", 15, 30, 30, "0.00", id="and its other half is nothing"),
        pytest.param("-49", 22, 30, 30, "-13.07", id="a credit mirrors the charge"),
        pytest.param("49", 7, 7, 30, "0.00", id="no day"),
        pytest.param("10.555555", 0, 28, 28, "10.56", id="six decimals"),
    ],
)
def test_part_of_month(full: str, first: int, until: int, days: int, expected: str) -> None:
    part = part_of_month(Decimal(full), first=first, until=until, days=days, currency=EUR)

    assert str(part) == expected


@pytest.mark.parametrize(
    ("first", "until"),
    [
        pytest.param(-1, 3, id="before"),
        pytest.param(3, 2, id="backwards"),
        pytest.param(0, 31, id="after"),
    ],
)
def test_days_outside_the_month_are_refused(first: int, until: int) -> None:
    with pytest.raises(ValueError, match="no days of a month"):
        part_of_month(Decimal(1), first=first, until=until, days=30, currency=EUR)


@given(full=AMOUNTS, days=st.integers(28, 31), cuts=st.sets(st.integers(1, 30)))
def test_parts_sum_to_the_month(full: Decimal, days: int, cuts: set[int]) -> None:
    bounds = [0, *sorted(cut for cut in cuts if cut < days), days]

    parts = [
        part_of_month(full, first=first, until=until, days=days, currency=EUR)
        for first, until in pairwise(bounds)
    ]

    assert sum(parts) == part_of_month(full, first=0, until=days, days=days, currency=EUR)
    assert all(part >= 0 for part in parts)
