"""A price beside the one before it, as staff read it before they make it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from catalog.price_content import PriceContent
from portal.backoffice.price_comparison import compare

BEFORE = PriceContent(
    product="records",
    currency="EUR",
    valid_from=dt.date(2026, 1, 1),
    example=False,
    components=(
        {
            "code": "records",
            "unit": "usage",
            "model": "package",
            "meter_id": "api-records",
            "unit_amount": Decimal(25),
            "package_size": 50_000,
            "included": None,
            "included_per_user": None,
            "minimum": Decimal(0),
            "tiers": None,
            "texts": {"nl": {"label": "Bundel"}, "en": {"label": "Bundle"}},
        },
    ),
)


@pytest.mark.parametrize(
    ("change", "differs", "formerly"),
    [
        pytest.param({}, False, "", id="the same"),
        pytest.param({"unit_amount": Decimal(26)}, True, "", id="another amount"),
        pytest.param(
            {"texts": {"nl": {"label": "Pakket"}, "en": {"label": "Package"}}},
            True,
            "Bundel, Bundle",
            id="another name",
        ),
        pytest.param(
            {"texts": {"nl": {"label": "Pakket"}, "en": {"label": "Bundle"}}},
            True,
            "Bundel",
            id="another name for others than the reader",
        ),
    ],
)
def test_a_part_with_another_name_does_not_stay(
    change: dict[str, Any], *, differs: bool, formerly: str
) -> None:
    [held] = BEFORE.components
    after = replace(BEFORE, components=({**held, **change},))

    with translation.override("en"):
        [part] = compare(BEFORE, after, units=100_000, users=0).parts

    assert (part.differs, part.formerly) == (differs, formerly)
