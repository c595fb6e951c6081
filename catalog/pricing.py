"""From a quantity to a charge: flat, per unit, graduated, volume, package. Pure.

Charges are exact and may carry up to six decimals; rounding is the invoice line's business.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from catalog.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NOTHING = Decimal(0)


class PriceModel(StrEnum):
    FLAT = "flat"  # one amount, however many
    PER_UNIT = "per_unit"  # each unit costs the same
    GRADUATED = "graduated"  # each unit costs what its own tier says
    VOLUME = "volume"  # all units cost what the tier of the total says
    PACKAGE = "package"  # whole packages, the last one however empty


TIERED = frozenset({PriceModel.GRADUATED, PriceModel.VOLUME})


class RateFault(StrEnum):
    """Why a rate cannot be charged by, in a sentence for whoever wrote it."""

    TIERS_AND_MODEL = "graduated and volume prices have tiers, others have none"
    PACKAGE_AND_MODEL = "a package price has a package size, others have none"
    NEGATIVE_COUNT = "an allowance or package size is not negative"
    NEGATIVE_AMOUNT = "an amount is not negative"
    LAST_TIER_ENDS = "the last tier has no upper bound"
    TIERS_DO_NOT_RISE = "tiers rise, and only the last has no upper bound"


class WrongRate(ValueError):
    """A rate that cannot be charged by: tiers out of order, no package size, and so on.

    `tier` counts from 1, where one of them is to blame.
    """

    def __init__(self, fault: RateFault, tier: int | None = None) -> None:
        super().__init__(fault)
        self.fault, self.tier = fault, tier


class Tier(Struct, frozen=True):
    """Units up to and including `up_to` (None: without end) cost `unit_amount` each."""

    up_to: int | None
    unit_amount: Decimal


class Rate(Struct, frozen=True, cache_hash=True):
    """What a price component costs.

    `unit_amount` is per month (FLAT), per unit (PER_UNIT) or per package (PACKAGE). `included`
    units, and `included_per_user` for each user of the tenant, cost nothing; tiers and packages
    count from the first unit after them. Whatever is charged at all costs at least `minimum`.
    Raises WrongRate.
    """

    model: PriceModel
    unit_amount: Decimal = NOTHING
    tiers: tuple[Tier, ...] = ()
    package_size: int | None = None
    included: int = 0
    included_per_user: int = 0
    minimum: Decimal = NOTHING

    def allowance(self, users: int) -> int:
        """How many units cost nothing, for a tenant with `users` users."""
        return self.included + self.included_per_user * users

    def __post_init__(self) -> None:
        if (self.model in TIERED) != bool(self.tiers):
            raise WrongRate(RateFault.TIERS_AND_MODEL)
        if (self.model is PriceModel.PACKAGE) != bool(self.package_size):
            raise WrongRate(RateFault.PACKAGE_AND_MODEL)
        if self.included < 0 or self.included_per_user < 0 or (self.package_size or 1) < 1:
            raise WrongRate(RateFault.NEGATIVE_COUNT)
        amounts = [self.unit_amount, self.minimum, *(tier.unit_amount for tier in self.tiers)]
        if any(not amount.is_finite() or amount < 0 for amount in amounts):
            raise WrongRate(RateFault.NEGATIVE_AMOUNT)
        if self.tiers:
            _check_order(self.tiers)


class Part(Struct, frozen=True):
    """One line of a charge: `quantity` units (or packages) at `unit_amount` each.

    `tier` counts from 1 where each tier has a line of its own; the part that lifts a charge to
    its minimum says so.
    """

    quantity: int
    unit_amount: Decimal
    tier: int | None = None
    lifts_to_minimum: bool = False

    @property
    def amount(self) -> Decimal:
        return EXACT.multiply(self.unit_amount, self.quantity)


def charge(rate: Rate, quantity: int, *, users: int = 0) -> Decimal:
    """What `quantity` units cost at `rate`, for a tenant with `users` users. Exact, unrounded.

    Raises ValueError for a negative or fractional quantity.
    """
    total = NOTHING
    for part in parts_of(rate, quantity, users=users):
        total = EXACT.add(total, part.amount)
    return total


def parts_of(rate: Rate, quantity: int, *, users: int = 0) -> tuple[Part, ...]:
    """The same as the lines that explain it, in order; none when nothing is charged."""
    for number in (quantity, users):
        if type(number) is not int or number < 0:  # callers without types pass anything
            raise ValueError(f"{number!r} is no whole number from 0")
    chargeable = max(0, quantity - rate.allowance(users))
    if not chargeable:
        return ()
    parts = tuple(_parts(rate, chargeable))
    reached = NOTHING
    for part in parts:
        reached = EXACT.add(reached, part.amount)
    if reached >= rate.minimum:
        return parts
    missing = EXACT.subtract(rate.minimum, reached)
    return (*parts, Part(1, missing, lifts_to_minimum=True))


def tiers_from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Read stored tiers: `{"up_to": 10, "unit_amount": "4.50"}`, the last `up_to` is null."""
    return tuple(Tier(row["up_to"], Decimal(row["unit_amount"])) for row in rows)


def tiers_as_json(tiers: Iterable[Tier]) -> list[dict[str, Any]]:
    """Amounts as text: JSON numbers are floats."""
    return [{"up_to": tier.up_to, "unit_amount": str(tier.unit_amount)} for tier in tiers]


def _parts(rate: Rate, quantity: int) -> Iterator[Part]:
    match rate.model:
        case PriceModel.FLAT:
            yield Part(1, rate.unit_amount)
        case PriceModel.PER_UNIT:
            yield Part(quantity, rate.unit_amount)
        case PriceModel.GRADUATED:
            yield from _graduated(rate.tiers, quantity)
        case PriceModel.VOLUME:
            yield Part(quantity, _tier_of(rate.tiers, quantity).unit_amount)
        case PriceModel.PACKAGE:
            yield Part(-(-quantity // (rate.package_size or 1)), rate.unit_amount)


def _graduated(tiers: tuple[Tier, ...], quantity: int) -> Iterator[Part]:
    reached = 0
    for number, tier in enumerate(tiers, start=1):
        until = quantity if tier.up_to is None else min(quantity, tier.up_to)
        yield Part(until - reached, tier.unit_amount, tier=number)
        reached = until
        if reached == quantity:
            return


def _tier_of(tiers: tuple[Tier, ...], quantity: int) -> Tier:
    return next(tier for tier in tiers if tier.up_to is None or quantity <= tier.up_to)


def _check_order(tiers: tuple[Tier, ...]) -> None:
    *bounded, last = tiers
    if last.up_to is not None:
        raise WrongRate(RateFault.LAST_TIER_ENDS, len(tiers))
    reached = 0
    for number, tier in enumerate(bounded, start=1):
        if tier.up_to is None or tier.up_to <= reached:
            raise WrongRate(RateFault.TIERS_DO_NOT_RISE, number)
        reached = tier.up_to
