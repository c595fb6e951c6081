"""Parts of a month that always add up to the month. Pure.

The fee of days `first` to `until` is the fee up to `until` less the fee up to `first`, each
rounded to the cent. So however a month is cut, its parts sum to what the whole costs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from catalog.money import EXACT, ROUNDING, rounded

if TYPE_CHECKING:
    from catalog.money import Currency


def part_of_month(
    full: Decimal, *, first: int, until: int, days: int, currency: Currency
) -> Decimal:
    """What `full` (a month's exact fee) is for the days `first` to `until` of `days`.

    Offsets count from 0 at the first of the month, half-open. Rounded half-up to the currency's
    decimals; the part of a negative fee mirrors that of the positive one. Raises ValueError.
    """
    if not 0 <= first <= until <= days:
        raise ValueError(f"{first} to {until} are no days of a month of {days}")
    reached = _up_to(full, until, days, currency)
    return EXACT.subtract(reached, _up_to(full, first, days, currency))


def _up_to(full: Decimal, offset: int, days: int, currency: Currency) -> Decimal:
    exact = ROUNDING.divide(EXACT.multiply(full, Decimal(offset)), Decimal(days))
    return rounded(exact, currency)
