"""What the form for a price reads, compared with the same price in a file."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.price_content import rate_of
from catalog.pricing import charge
from catalog.validating import read_catalogue
from portal.backoffice.forms_prices import PriceForm
from tests.catalog.conftest import BASE, CAPABILITIES, METERS, SELLERS, TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.price_content import PriceContent

FILES = {
    "sellers": SELLERS,
    "capabilities": CAPABILITIES,
    "tools": TOOLS,
    "base": BASE,
    "meters": METERS,
}
AMOUNTS = st.decimals(min_value=0, max_value=99_999, places=6)
COUNTS = st.none() | st.integers(min_value=1, max_value=10_000)
TIERS = st.sets(st.integers(min_value=1, max_value=100_000), max_size=5).flatmap(
    lambda ends: st.tuples(
        st.just([*sorted(ends), None]),
        st.lists(AMOUNTS, min_size=len(ends) + 1, max_size=len(ends) + 1),
    )
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=AMOUNTS,
    minimum=AMOUNTS,
    included=COUNTS,
    per_user=COUNTS,
    size=st.none() | st.integers(min_value=1, max_value=50_000),
    tiers=st.none() | TIERS,
    language=st.sampled_from(["nl", "en"]),
    quantity=st.integers(min_value=0, max_value=500_000),
    users=st.integers(min_value=0, max_value=50),
)
def test_a_price_from_the_form_charges_what_the_same_price_from_a_file_does(
    tmp_path: Path,
    amount: Decimal,
    minimum: Decimal,
    included: int | None,
    per_user: int | None,
    size: int | None,
    tiers: tuple[list[int | None], list[Decimal]] | None,
    language: str,
    quantity: int,
    users: int,
) -> None:
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    model = "graduated" if tiers else "package" if size else "per_unit"
    rows = list(zip(*tiers, strict=True)) if tiers else []
    (tmp_path / "prices.yaml").write_text(
        _as_file(model, amount, minimum, included, per_user, size, rows), encoding="utf-8"
    )
    [from_file] = read_catalogue(tmp_path).prices
    [start] = [dict(each) for each in from_file.components]
    # Another price of the same make to begin with: nothing of it may be left.
    start |= {"unit_amount": Decimal(7), "minimum": Decimal(3), "included": 5}
    start |= {"tiers": [{"up_to": None, "unit_amount": "9"}], "unit_amount": 0} if rows else {}
    start |= {"package_size": 3} if model == "package" else {}

    with translation.override(language):
        sign = "," if language == "nl" else "."
        values = {
            "valid_from": from_file.valid_from.isoformat(),
            "calls_unit_amount": f"{amount:f}".replace(".", sign),
            "calls_minimum": f"{minimum:f}".replace(".", sign),
            "calls_included": str(included or ""),
            "calls_included_per_user": str(per_user or ""),
            "calls_package_size": str(size or ""),
            "calls_label_nl": "Aanroepen",
            "calls_label_en": "Calls",
        }
        for number, (end, each) in enumerate(rows, start=1):
            values[f"calls_tier_{number}_until"] = str(end or "")
            values[f"calls_tier_{number}_amount"] = f"{each:f}".replace(".", sign)
        form = PriceForm(
            values,
            start=replace(from_file, components=(start,)),
            valid_from=from_file.valid_from,
        )
        assert form.errors == {}
        from_form: PriceContent = form.content

    assert from_form.costs_the_same_as(from_file)
    rates = [rate_of(each.components[0]) for each in (from_form, from_file)]
    assert len({charge(rate, quantity, users=users) for rate in rates}) == 1


def _as_file(
    model: str,
    amount: Decimal,
    minimum: Decimal,
    included: int | None,
    per_user: int | None,
    size: int | None,
    tiers: list[tuple[int | None, Decimal]],
) -> str:
    lines = [
        "- product: tools",
        "  currency: EUR",
        "  valid_from: 2027-01-01",
        "  components:",
        "    - code: calls",
        "      unit: usage",
        "      meter: calls",
        f"      model: {model}",
        f'      minimum: "{minimum:f}"',
        "      label: {nl: Aanroepen, en: Calls}",
    ]
    counts = {"included": included, "included_per_user": per_user}
    counts |= {"package_size": size if model == "package" else None}
    lines += [f"      {name}: {count}" for name, count in counts.items() if count]
    if tiers:
        lines.append("      tiers:")
    else:
        lines.append(f'      unit_amount: "{amount:f}"')
    for end, each in tiers:
        until = f"up_to: {end}, " if end else ""
        lines.append(f'        - {{{until}unit_amount: "{each:f}"}}')
    return "\n".join(lines) + "\n"
