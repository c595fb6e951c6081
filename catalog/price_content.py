"""What a price says and what it may say, whoever makes it: the data files or staff. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from catalog.pricing import PriceModel, Rate, RateFault, WrongRate, tiers_from_json

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping


class ComponentFault(StrEnum):
    """What does not go together in a component, in a sentence for whoever wrote it."""

    FLAT_IS_PER_MONTH = "a flat price is per month, and only a flat price is"
    USE_HAS_A_METER = "what is charged by use has a meter, and only that has"
    MINIMUM_IS_OF_USE = "only what is charged by use has a minimum"
    AMOUNTS_ARE_IN_TIERS = "with tiers, the amounts are in the tiers"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with `field` of a component; `tier` counts from 1, where one is to blame."""

    field: str
    why: ComponentFault | RateFault
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class PriceContent:
    """A price with its components, as fields of PriceComponent; where it stands if in a file."""

    product: str
    currency: str
    valid_from: dt.date
    example: bool
    components: tuple[Mapping[str, Any], ...]
    file: str = ""
    line: int = 0

    @property
    def begins(self) -> tuple[str, str, dt.date]:
        return self.product, self.currency, self.valid_from

    @property
    def parts(self) -> set[tuple[str, ...]]:
        """What is charged, whatever it costs."""
        return {
            (each["code"], each["unit"], each["model"], each["meter_id"] or "")
            for each in self.components
        }

    def costs_the_same_as(self, other: PriceContent) -> bool:
        """Amounts compare as numbers: 588 is 588.000000. The order of components is no matter."""
        return self.example == other.example and self._plain == other._plain

    @property
    def _plain(self) -> dict[str, dict[str, Any]]:
        return {each["code"]: _plain(each) for each in self.components}


def faults_of(component: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything that is wrong with a component whose model is known; nothing when it may be."""
    unit, tiers = component["unit"], tiers_from_json(component["tiers"] or [])
    if (unit == "month") != (component["model"] == "flat"):
        yield Fault("unit", ComponentFault.FLAT_IS_PER_MONTH)
    if (unit == "usage") != bool(component["meter_id"]):
        yield Fault("meter", ComponentFault.USE_HAS_A_METER)
    if component["minimum"] and unit != "usage":
        yield Fault("minimum", ComponentFault.MINIMUM_IS_OF_USE)
    if tiers and component["unit_amount"]:
        yield Fault("unit_amount", ComponentFault.AMOUNTS_ARE_IN_TIERS)
    try:
        rate_of(component)
    except WrongRate as wrong:
        yield Fault("tiers" if tiers else "model", wrong.fault, wrong.tier)


def rate_of(component: Mapping[str, Any]) -> Rate:
    """What the component costs. Raises WrongRate."""
    return Rate(
        model=PriceModel(component["model"]),
        unit_amount=Decimal(component["unit_amount"]),
        tiers=tiers_from_json(component["tiers"] or []),
        package_size=component["package_size"],
        included=component["included"] or 0,
        included_per_user=component["included_per_user"] or 0,
        minimum=Decimal(component["minimum"]),
    )


def _plain(component: Mapping[str, Any]) -> dict[str, Any]:
    """Tiers with their amounts as numbers too: "4.5" is "4.50"."""
    tiers = [(tier.up_to, tier.unit_amount) for tier in tiers_from_json(component["tiers"] or [])]
    return {key: value for key, value in component.items() if key != "position"} | {"tiers": tiers}
