"""What a price may say, whoever makes it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from catalog.metered import first_day, other_meters, too_soon
from catalog.price_content import (
    ComponentFault,
    Fault,
    PriceContent,
    faults_of,
)
from catalog.pricing import RateFault

LICENCE: dict[str, Any] = {
    "code": "licence",
    "unit": "month",
    "meter_id": None,
    "minimum": Decimal(0),
    "model": "flat",
    "unit_amount": Decimal(588),
    "tiers": None,
    "package_size": None,
    "included": None,
    "included_per_user": None,
    "position": 1,
    "texts": {"en": {"label": "Licence"}},
}
CALLS = LICENCE | {"code": "calls", "unit": "usage", "meter_id": "calls", "model": "per_unit"}
TIERED = CALLS | {"model": "graduated", "unit_amount": Decimal(0)}


def tiers(*rows: tuple[int | None, str]) -> list[dict[str, Any]]:
    return [{"up_to": up_to, "unit_amount": amount} for up_to, amount in rows]


def price(component: dict[str, Any], day: str = "2027-01-01", **values: Any) -> PriceContent:
    content = {"product": "tools", "currency": "EUR", "example": False, **values}
    return PriceContent(valid_from=dt.date.fromisoformat(day), components=(component,), **content)


@pytest.mark.parametrize(
    "component",
    [
        pytest.param(LICENCE, id="flat"),
        pytest.param(CALLS | {"minimum": Decimal(5), "included_per_user": 10}, id="by use"),
        pytest.param(TIERED | {"tiers": tiers((10, "2"), (None, "1"))}, id="tiers"),
        pytest.param(CALLS | {"model": "package", "package_size": 50}, id="packages"),
    ],
)
def test_what_may_be_has_no_fault(component: dict[str, Any]) -> None:
    assert list(faults_of(component)) == []


@pytest.mark.parametrize(
    ("component", "fault"),
    [
        pytest.param(
            LICENCE | {"model": "per_unit"},
            Fault("unit", ComponentFault.FLAT_IS_PER_MONTH),
            id="a month that is counted",
        ),
        pytest.param(
            CALLS | {"meter_id": None},
            Fault("meter", ComponentFault.USE_HAS_A_METER),
            id="use without a meter",
        ),
        pytest.param(
            LICENCE | {"minimum": Decimal(5)},
            Fault("minimum", ComponentFault.MINIMUM_IS_OF_USE),
            id="minimum of a licence",
        ),
        pytest.param(
            TIERED | {"tiers": tiers((None, "1")), "unit_amount": Decimal(1)},
            Fault("unit_amount", ComponentFault.AMOUNTS_ARE_IN_TIERS),
            id="an amount beside tiers",
        ),
        pytest.param(TIERED, Fault("model", RateFault.TIERS_AND_MODEL), id="no tiers"),
        pytest.param(
            TIERED | {"tiers": tiers((10, "2"), (20, "1"))},
            Fault("tiers", RateFault.LAST_TIER_ENDS, 2),
            id="the last tier ends",
        ),
        pytest.param(
            TIERED | {"tiers": tiers((10, "3"), (10, "2"), (None, "1"))},
            Fault("tiers", RateFault.TIERS_DO_NOT_RISE, 2),
            id="tiers do not rise",
        ),
        pytest.param(
            CALLS | {"model": "package"},
            Fault("model", RateFault.PACKAGE_AND_MODEL),
            id="a package of nothing",
        ),
        pytest.param(
            CALLS | {"unit_amount": Decimal(-1)},
            Fault("model", RateFault.NEGATIVE_AMOUNT),
            id="less than nothing",
        ),
    ],
)
def test_a_fault_names_its_field_and_tier(component: dict[str, Any], fault: Fault) -> None:
    assert list(faults_of(component)) == [fault]


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(price(LICENCE | {"unit_amount": Decimal("588.000000")}), True, id="zeros"),
        pytest.param(price(LICENCE | {"position": 7}), True, id="another place"),
        pytest.param(price(LICENCE, "2028-01-01"), True, id="another day"),
        pytest.param(price(LICENCE | {"unit_amount": Decimal("588.000001")}), False, id="amount"),
        pytest.param(price(LICENCE, example=True), False, id="an example"),
        pytest.param(price(LICENCE | {"texts": {}}), False, id="without its name"),
    ],
)
def test_prices_are_compared_by_what_they_say(other: PriceContent, *, is_same: bool) -> None:
    assert price(LICENCE).costs_the_same_as(other) is is_same


@pytest.mark.parametrize(
    ("on", "first"),
    [
        pytest.param("2026-11-30", "2027-01-01", id="31 days before"),
        pytest.param("2026-12-01", "2027-01-01", id="just more than 30 days"),
        pytest.param("2026-12-02", "2027-02-01", id="exactly 30 days is too late"),
    ],
)
def test_a_price_by_use_begins_on_a_first_more_than_thirty_days_ahead(on: str, first: str) -> None:
    day, earliest = dt.date.fromisoformat(on), dt.date.fromisoformat(first)
    known = {price(CALLS, "2026-01-01").begins}

    assert first_day(day) == earliest
    for begins, expected in [(first, None), (f"{first[:8]}02", earliest), (on, earliest)]:
        assert too_soon(price(CALLS, begins), known, day, used=()) == expected


def test_a_first_price_is_held_to_it_once_anything_was_counted() -> None:
    on = dt.date(2026, 12, 1)

    first = price(CALLS, "2026-01-01")

    assert too_soon(first, (), on, used=()) is None
    assert too_soon(first, (), on, used={"calls"}) == dt.date(2027, 1, 1)


@pytest.mark.parametrize(
    ("meters", "begins", "missing"),
    [
        pytest.param({"calls"}, "2026-01-01", [], id="the same"),
        pytest.param({"records"}, "2026-01-01", ["NOK"], id="others"),
        pytest.param({"calls"}, "2027-02-01", ["NOK"], id="only later"),
    ],
)
def test_a_price_by_use_charges_the_meters_of_the_other_currency(
    meters: set[str], begins: str, missing: list[str]
) -> None:
    there = price(CALLS, begins, currency="NOK").begins

    found = other_meters(price(CALLS), {there: frozenset(meters)})

    assert [currency for currency, _meters in found] == missing
