"""Meters come with the catalogue; their policies are only where they start."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from catalog.loading import load_catalogue
from catalog.models import Meter, PriceComponent, PriceVersion, Product, ProductVersion
from catalog.reading import WrongCatalogue
from catalog.validating import read_catalogue
from tests.catalog.conftest import BASE, METERS, TODAY, edit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.django_db
def test_a_later_file_describes_and_decides_nothing(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    edit(seed, "meters.yaml", "name: Calls", "name: API calls")
    edit(seed, "meters.yaml", "max_age_days: 62", "max_age_days: 31")

    assert load_catalogue(seed, on=TODAY).changes == ("meter calls: changed texts",)

    meter = Meter.objects.get()
    assert (meter.name_in("en"), meter.name_in("nl"), meter.max_age_days) == (
        "API calls",
        "Aanroepen",
        62,
    )


RECORDS = METERS.replace("code: calls", "code: records").replace("position: 1", "position: 2")
PRICE_OF_CALLS = """\
- product: usage
  currency: {currency}
  valid_from: {valid_from}
  components:
    - {{code: calls, unit: usage, meter: calls, model: per_unit, unit_amount: "{amount}",
       label: {{nl: Aanroepen, en: Calls}}}}
"""


@pytest.fixture
def charged_by_use(seed: Path) -> Path:
    """With calls at 0.01 since long ago: what nobody paid before may begin in the past."""
    add_service(seed)
    add_price(seed, "2026-01-01", "0.01")
    load_catalogue(seed, on=TODAY)
    return seed


def add_service(seed: Path) -> None:
    usage = BASE.replace("code: base", "code: usage").replace("kind: tool", "kind: metered")
    usage = usage.replace("aliases: [Basis]\n", "").replace("position: 2", "position: 3")
    (seed / "usage.yaml").write_text(usage)


def add_price(
    seed: Path, valid_from: str, amount: str, *, currencies: tuple[str, ...] = ("EUR", "NOK")
) -> None:
    with (seed / "prices.yaml").open("a") as prices:
        for currency in currencies:
            prices.write(
                PRICE_OF_CALLS.format(currency=currency, valid_from=valid_from, amount=amount)
            )


def edit_last(seed: Path, old: str, new: str) -> None:
    """In the price that was added last."""
    path = seed / "prices.yaml"
    before, _old, after = path.read_text().rpartition(old)
    path.write_text(before + new + after)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "valid_from",
    [
        pytest.param("2026-10-01", id="a month that was invoiced"),
        pytest.param("2026-12-01", id="in less than 30 days"),
        pytest.param("2027-01-15", id="within a month"),
    ],
)
def test_another_price_of_what_is_used_is_refused_when_nobody_could_know(
    charged_by_use: Path, valid_from: str
) -> None:
    add_price(charged_by_use, valid_from, "0.02", currencies=("EUR",))

    with pytest.raises(WrongCatalogue) as refused:
        load_catalogue(charged_by_use, on=TODAY)

    assert str(refused.value) == (
        "prices.yaml:34: usage in EUR is charged by use, for whole months and at a price that is "
        "known 30 days before: a new one begins on the first of a month, on 2027-01-01 at "
        "the earliest"
    )
    assert PriceVersion.objects.filter(product__code="usage").count() == 2


@pytest.mark.django_db
def test_the_first_month_that_is_late_enough_is_accepted(charged_by_use: Path) -> None:
    add_price(charged_by_use, "2027-01-01", "0.02", currencies=("EUR",))

    with pytest.raises(WrongCatalogue):
        load_catalogue(charged_by_use, on=dt.date(2026, 12, 2))
    loaded = load_catalogue(charged_by_use, on=dt.date(2026, 12, 1))

    assert loaded.changes == ("price usage EUR from 2027-01-01: added",)
    assert load_catalogue(charged_by_use, on=dt.date(2027, 3, 1)).changes == ()


@pytest.mark.django_db
def test_a_first_price_of_what_was_used_for_nothing_comes_in_time_too(seed: Path) -> None:
    add_service(seed)
    load_catalogue(seed, on=TODAY)
    add_price(seed, "2026-10-01", "0.10")

    with pytest.raises(WrongCatalogue, match="usage in NOK is charged by use, for whole months"):
        load_catalogue(seed, on=TODAY, used={"calls"})
    assert not PriceVersion.objects.filter(product__code="usage").exists()

    loaded = load_catalogue(seed, on=TODAY, used={"records"})
    assert loaded.changes == (
        "price usage EUR from 2026-10-01: added",
        "price usage NOK from 2026-10-01: added",
    )


@pytest.mark.django_db
def test_a_first_price_in_one_currency_alone_is_refused(seed: Path) -> None:
    """Who has the other one would use it for nothing."""
    add_service(seed)
    add_price(seed, "2026-10-01", "0.10", currencies=("NOK",))
    add_price(seed, "2026-11-01", "0.01", currencies=("EUR",))

    with pytest.raises(WrongCatalogue) as refused:
        load_catalogue(seed, on=TODAY)

    assert str(refused.value) == (
        "prices.yaml:22: usage in NOK from 2026-10-01 is charged by the use of calls, and in EUR "
        "of nothing: what has no price in a customer's currency would be free"
    )
    assert not PriceVersion.objects.exists()


@pytest.mark.django_db
def test_what_was_priced_in_one_currency_can_be_priced_in_the_other_later(seed: Path) -> None:
    """As a catalogue has it that was loaded before the other one was asked for."""
    add_service(seed)
    load_catalogue(seed, on=TODAY)
    price = PriceVersion.objects.create(
        product=Product.objects.get(code="usage"), currency="EUR", valid_from="2026-01-01"
    )
    PriceComponent.objects.create(
        price_version=price, code="calls", unit="usage", meter_id="calls", model="per_unit"
    )

    add_price(seed, "2027-01-01", "0.10", currencies=("NOK",))

    loaded = load_catalogue(seed, on=TODAY, used={"calls"})
    assert loaded.changes == ("price usage NOK from 2027-01-01: added",)


@pytest.mark.django_db
def test_another_price_charges_the_same_meters_as_in_the_other_currency(
    charged_by_use: Path,
) -> None:
    edit(charged_by_use, "meters.yaml", METERS, METERS + RECORDS)
    add_price(charged_by_use, "2027-01-01", "0.02", currencies=("EUR",))
    edit_last(charged_by_use, "meter: calls", "meter: records")

    with pytest.raises(WrongCatalogue, match="by the use of records, and in NOK of calls"):
        load_catalogue(charged_by_use, on=TODAY)

    add_price(charged_by_use, "2027-01-01", "0.2", currencies=("NOK",))
    edit_last(charged_by_use, "meter: calls", "meter: records")
    assert len(load_catalogue(charged_by_use, on=TODAY).changes) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("scope: site", "scope: organisation", "4: scope stays site", id="scope"),
        pytest.param(
            "deployments:",
            "prerequisites: [tools]\ndeployments:",
            "5: prerequisites stays nothing",
            id="prerequisites",
        ),
        pytest.param("kind: metered", "kind: tool", "2: kind stays metered", id="kind"),
    ],
)
def test_what_was_used_is_charged_in_the_same_way_for_ever(
    charged_by_use: Path, old: str, new: str, problem: str
) -> None:
    edit(charged_by_use, "usage.yaml", old, new)

    with pytest.raises(WrongCatalogue) as refused:
        load_catalogue(charged_by_use, on=TODAY, used={"calls"})

    assert str(refused.value) == (
        f"usage.yaml:{problem}: usage was used, and months that are settled are rated again"
    )
    assert ProductVersion.objects.of("usage").count() == 1
    assert Product.objects.get(code="usage").kind == "metered"
    load_catalogue(charged_by_use, on=TODAY, used={"records"})


@pytest.mark.django_db
def test_its_words_may_change(charged_by_use: Path) -> None:
    edit(charged_by_use, "usage.yaml", "name: Tools", "name: Calls")

    loaded = load_catalogue(charged_by_use, on=TODAY, used={"calls"})

    assert loaded.changes == ("product usage: version 2",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("unit: calls", "unit: cups", "3: unit is one of calls, records, not 'cups'"),
        ("detail_months: 25", "detail_months: 3", "7: events may come in after their detail"),
        ("accepts_late: true", "accepts_late: maybe", "6: accepts_late is true or false"),
    ],
    ids=["unit", "detail", "late"],
)
def test_a_mistake_is_refused_with_its_line(seed: Path, old: str, new: str, problem: str) -> None:
    edit(seed, "meters.yaml", old, new)

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    assert str(refused.value).startswith(f"meters.yaml:{problem}")
