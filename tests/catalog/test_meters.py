"""Meters come with the catalogue; their policies are only where they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.loading import load_catalogue
from catalog.models import Meter
from catalog.reading import WrongCatalogue
from catalog.validating import read_catalogue
from tests.catalog.conftest import edit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.django_db
def test_a_later_file_describes_and_decides_nothing(seed: Path) -> None:
    load_catalogue(seed)
    edit(seed, "meters.yaml", "name: Calls", "name: API calls")
    edit(seed, "meters.yaml", "max_age_days: 62", "max_age_days: 31")

    assert load_catalogue(seed).changes == ("meter calls: changed texts",)

    meter = Meter.objects.get()
    assert (meter.name_in("en"), meter.name_in("nl"), meter.max_age_days) == (
        "API calls",
        "Aanroepen",
        62,
    )


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
