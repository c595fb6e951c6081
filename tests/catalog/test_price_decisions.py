"""Staff make a price, and the files neither undo nor double it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import ProgrammingError, transaction

from catalog.decisions import ChangedSince
from catalog.loading import load_catalogue
from catalog.models import PriceComponent, PriceVersion
from catalog.price_decisions import (
    BeginsAlready,
    BeginsTooSoon,
    CostsTheSame,
    WrongPrice,
    make_price,
    price_before,
    remove_price,
)
from catalog.reading import WrongCatalogue
from tests.catalog.conftest import TODAY

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.price_content import PriceContent

pytestmark = pytest.mark.django_db

DECEMBER = dt.date(2026, 12, 1)
ENTRY = """\
- product: tools
  currency: EUR
  valid_from: {day}
  example: true
  components:
    - code: licence
      unit: month
      model: flat
      unit_amount: "{amount}"
      label: {{nl: Licentie, en: Licence}}
"""
# Another part, for the end of an entry.
SUPPORT = """\
    - code: support
      unit: month
      model: flat
      unit_amount: "20"
      label: {nl: Ondersteuning, en: Support}
"""


@pytest.fixture(autouse=True)
def _loaded(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)


def dearer(amount: str = "600", day: dt.date = DECEMBER) -> PriceContent:
    now = PriceVersion.objects.with_components().get(valid_from="2026-01-01").content
    [licence] = now.components
    return replace(
        now, valid_from=day, components=(dict(licence) | {"unit_amount": Decimal(amount)},)
    )


def make(content: PriceContent) -> PriceVersion:
    before = price_before(*content.begins)
    instead_of = before.pk if before else None
    return make_price(content, instead_of=instead_of, used=(), on=TODAY)


def test_it_is_the_price_from_its_day_on() -> None:
    made = make(dearer())

    [licence] = made.components.all()
    assert (licence.unit_amount, licence.texts["nl"]) == (600, {"label": "Licentie"})
    assert made.by_staff
    assert PriceVersion.objects.valid_on(DECEMBER).first() == made


def test_loading_the_files_again_changes_nothing(seed: Path) -> None:
    make(dearer())

    assert load_catalogue(seed, on=TODAY).changes == ()
    assert load_catalogue(seed, on=dt.date(2027, 6, 1)).changes == ()


def test_the_files_may_say_the_same(seed: Path) -> None:
    make(dearer())
    with (seed / "prices.yaml").open("a") as prices:
        prices.write(ENTRY.format(day=DECEMBER, amount="600.00"))

    assert load_catalogue(seed, on=TODAY).changes == ()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        pytest.param(
            "2026-12-01",
            "tools in EUR from 2026-12-01 has another price already, made in the back office: "
            "take this one out of the file",
            id="the same day",
        ),
        pytest.param(
            "2026-12-15",
            "prices of tools in EUR are made in the back office by now: make the one from "
            "2026-12-15 there, and take it out of the file",
            id="a later day",
        ),
    ],
)
def test_the_files_cannot_overrule_it(seed: Path, day: str, sentence: str) -> None:
    make(dearer())
    before = list(PriceVersion.objects.order_by("pk").values())
    with (seed / "prices.yaml").open("a") as prices:
        prices.write(ENTRY.format(day=day, amount="610.00"))

    with pytest.raises(WrongCatalogue) as refused:
        load_catalogue(seed, on=TODAY)

    assert str(refused.value) == f"prices.yaml:22: {sentence}"
    assert list(PriceVersion.objects.order_by("pk").values()) == before


def test_the_files_bring_other_parts(seed: Path) -> None:
    """Staff cannot; a later price with these parts is made by them again."""
    make(dearer())
    with (seed / "prices.yaml").open("a") as prices:
        prices.write(ENTRY.format(day="2026-12-15", amount="600.00") + SUPPORT)

    assert load_catalogue(seed, on=TODAY).changes == ("price tools EUR from 2026-12-15: added",)
    with (seed / "prices.yaml").open("a") as prices:
        prices.write(ENTRY.format(day="2026-12-20", amount="610.00") + SUPPORT)
    with pytest.raises(WrongCatalogue, match="make the one from 2026-12-20 there"):
        load_catalogue(seed, on=TODAY)


def test_the_files_bring_no_other_parts_before_it(seed: Path) -> None:
    """From its day on they would be gone again."""
    make(dearer())
    with (seed / "prices.yaml").open("a") as prices:
        prices.write(ENTRY.format(day="2026-11-15", amount="600.00") + SUPPORT)

    with pytest.raises(WrongCatalogue, match="make the one from 2026-11-15 there"):
        load_catalogue(seed, on=TODAY)


def test_withdrawn_it_leaves_the_prices_to_the_files(seed: Path) -> None:
    remove_price(make(dearer()))

    assert not PriceVersion.objects.filter(valid_from=DECEMBER).exists()
    with (seed / "prices.yaml").open("a") as prices:
        prices.write(ENTRY.format(day="2027-02-01", amount="610.00"))
    assert load_catalogue(seed, on=TODAY).changes == ("price tools EUR from 2027-02-01: added",)


@pytest.mark.parametrize("model", [PriceVersion, PriceComponent])
def test_what_the_files_brought_is_never_deleted(
    model: type[PriceVersion | PriceComponent],
) -> None:
    there = list(model._default_manager.order_by("pk").values())

    with pytest.raises(ProgrammingError, match="written once"), transaction.atomic():
        remove_price(PriceVersion.objects.get(valid_from="2026-01-01"))

    assert list(model._default_manager.order_by("pk").values()) == there


@pytest.mark.parametrize("by_staff", [True, False], ids=["of staff", "of the files"])
def test_no_price_is_ever_changed(*, by_staff: bool) -> None:
    make(dearer())
    price = PriceVersion.objects.filter(by_staff=by_staff).latest("valid_from")

    with pytest.raises(ProgrammingError, match="written once"), transaction.atomic():
        PriceVersion.objects.filter(pk=price.pk).update(by_staff=not by_staff)
    with pytest.raises(ProgrammingError, match="written once"), transaction.atomic():
        price.components.update(unit_amount=1)

    assert PriceVersion.objects.get(pk=price.pk).by_staff == by_staff


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param({"day": TODAY - dt.timedelta(days=1)}, BeginsTooSoon, id="yesterday"),
        pytest.param({"day": dt.date(2027, 1, 1)}, BeginsAlready, id="there is one"),
        pytest.param({"amount": "588.00"}, CostsTheSame, id="nothing changes"),
        pytest.param({"amount": "-1"}, WrongPrice, id="less than nothing"),
    ],
)
def test_what_cannot_be_is_refused(content: dict[str, object], refusal: type[Exception]) -> None:
    before = PriceVersion.objects.count()

    with pytest.raises(refusal):
        make(dearer(**content))  # type: ignore[arg-type]

    assert PriceVersion.objects.count() == before


def test_who_saw_another_price_before_it_is_told() -> None:
    seen = price_before("tools", "EUR", DECEMBER)
    assert seen
    make(dearer("590", dt.date(2026, 11, 25)))

    with pytest.raises(ChangedSince):
        make_price(dearer(), instead_of=seen.pk, used=(), on=TODAY)

    assert not PriceVersion.objects.filter(valid_from=DECEMBER).exists()
