from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import (
    PriceModel,
    Rate,
    Tier,
    WrongRate,
    charge,
    tiers_as_json,
    tiers_from_json,
)

D = Decimal
FLAT = Rate(PriceModel.FLAT, D("588.00"))
PER_USER = Rate(PriceModel.PER_UNIT, D("12.345678"))
TIERS = (Tier(10, D(5)), Tier(20, D(4)), Tier(None, D(3)))
GRADUATED = Rate(PriceModel.GRADUATED, tiers=TIERS)
VOLUME = Rate(PriceModel.VOLUME, tiers=TIERS)
RECORD_PACKS = Rate(PriceModel.PACKAGE, D(25), package_size=50_000, included=150_000)
CALLS = Rate(PriceModel.PER_UNIT, D("0.000125"), included=1_000, included_per_user=100)


@pytest.mark.parametrize(
    ("rate", "quantity", "users", "expected"),
    [
        pytest.param(FLAT, 0, 0, "0", id="flat, none"),
        pytest.param(FLAT, 1, 0, "588.00", id="flat, one"),
        pytest.param(FLAT, 250, 0, "588.00", id="flat, many"),
        pytest.param(PER_USER, 0, 0, "0", id="per unit, none"),
        pytest.param(PER_USER, 7, 0, "86.419746", id="per unit keeps six decimals"),
        pytest.param(GRADUATED, 0, 0, "0", id="graduated, none"),
        pytest.param(GRADUATED, 10, 0, "50", id="graduated, first tier full"),
        pytest.param(GRADUATED, 11, 0, "54", id="graduated, first of second tier"),
        pytest.param(GRADUATED, 20, 0, "90", id="graduated, second tier full"),
        pytest.param(GRADUATED, 25, 0, "105", id="graduated, last tier"),
        pytest.param(VOLUME, 10, 0, "50", id="volume, first tier full"),
        pytest.param(VOLUME, 11, 0, "44", id="volume, all at second tier"),
        pytest.param(VOLUME, 25, 0, "75", id="volume, all at last tier"),
        pytest.param(RECORD_PACKS, 150_000, 0, "0", id="packs, within allowance"),
        pytest.param(RECORD_PACKS, 150_001, 0, "25", id="packs, one record over"),
        pytest.param(RECORD_PACKS, 200_000, 0, "25", id="packs, one pack full"),
        pytest.param(RECORD_PACKS, 240_000, 0, "50", id="packs, the example of D1.6"),
        pytest.param(CALLS, 1_500, 5, "0", id="allowance grows with users"),
        pytest.param(CALLS, 1_501, 5, "0.000125", id="one call over the allowance"),
        pytest.param(CALLS, 10**9, 0, "124999.875000", id="a thousand million calls"),
    ],
)
def test_charge(rate: Rate, quantity: int, users: int, expected: str) -> None:
    assert charge(rate, quantity, users=users) == D(expected)


@pytest.mark.parametrize(
    "quantity", [-1, 1.5, True, D(1)], ids=["less", "float", "bool", "decimal"]
)
def test_refuses_what_is_no_count(quantity: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        charge(FLAT, quantity)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"model": PriceModel.GRADUATED}, id="tiers missing"),
        pytest.param({"model": PriceModel.FLAT, "tiers": TIERS}, id="tiers on a flat price"),
        pytest.param({"model": PriceModel.PACKAGE}, id="package size missing"),
        pytest.param({"model": PriceModel.PER_UNIT, "package_size": 5}, id="stray package size"),
        pytest.param({"model": PriceModel.FLAT, "unit_amount": D(-1)}, id="negative amount"),
        pytest.param({"model": PriceModel.FLAT, "unit_amount": D("NaN")}, id="no amount"),
        pytest.param({"model": PriceModel.PER_UNIT, "included": -1}, id="negative allowance"),
        pytest.param({"model": PriceModel.VOLUME, "tiers": (Tier(10, D(1)),)}, id="last tier ends"),
        pytest.param(
            {
                "model": PriceModel.VOLUME,
                "tiers": (Tier(10, D(2)), Tier(10, D(1)), Tier(None, D(1))),
            },
            id="tiers do not rise",
        ),
        pytest.param(
            {"model": PriceModel.VOLUME, "tiers": (Tier(None, D(2)), Tier(None, D(1)))},
            id="two tiers without end",
        ),
    ],
)
def test_refuses_a_rate_that_cannot_be_charged_by(values: dict[str, object]) -> None:
    with pytest.raises(WrongRate):
        Rate(**values)  # type: ignore[arg-type]


def test_tiers_survive_being_stored() -> None:
    stored = tiers_as_json(TIERS)

    assert stored[0] == {"up_to": 10, "unit_amount": "5"}
    assert tiers_from_json(stored) == TIERS


unit_amounts = st.decimals(min_value=0, max_value=10_000, places=6)
quantities = st.integers(min_value=0, max_value=10**6)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    bounds = sorted(draw(st.sets(st.integers(min_value=1, max_value=10**5), max_size=5)))
    ends: list[int | None] = [*bounds, None]
    return tuple(Tier(up_to, draw(unit_amounts)) for up_to in ends)


allowances = {"included": st.integers(0, 1000), "included_per_user": st.integers(0, 10)}
rising_rates = st.one_of(
    st.builds(Rate, st.just(PriceModel.FLAT), unit_amounts, **allowances),
    st.builds(Rate, st.just(PriceModel.PER_UNIT), unit_amounts, **allowances),
    st.builds(Rate, st.just(PriceModel.GRADUATED), tiers=tiers(), **allowances),
    st.builds(
        Rate,
        st.just(PriceModel.PACKAGE),
        unit_amounts,
        package_size=st.integers(1, 50_000),
        **allowances,
    ),
)


@given(rising_rates, quantities, st.integers(0, 1000), st.integers(0, 100))
def test_more_never_costs_less(rate: Rate, quantity: int, more: int, users: int) -> None:
    assert charge(rate, quantity + more, users=users) >= charge(rate, quantity, users=users)


@given(rising_rates, quantities, st.integers(0, 99))
def test_more_users_never_cost_more(rate: Rate, quantity: int, users: int) -> None:
    assert charge(rate, quantity, users=users + 1) <= charge(rate, quantity, users=users)


@given(tiers(), quantities)
def test_a_graduated_price_rises_by_the_amount_of_one_tier(
    tiers: tuple[Tier, ...], quantity: int
) -> None:
    rate = Rate(PriceModel.GRADUATED, tiers=tiers)
    tier = next(tier for tier in tiers if tier.up_to is None or quantity < tier.up_to)

    assert charge(rate, quantity + 1) - charge(rate, quantity) == tier.unit_amount


@given(unit_amounts, quantities)
def test_one_tier_is_the_same_graduated_by_volume_and_per_unit(
    amount: Decimal, quantity: int
) -> None:
    only = (Tier(None, amount),)
    charges = {
        charge(Rate(PriceModel.PER_UNIT, amount), quantity),
        charge(Rate(PriceModel.GRADUATED, tiers=only), quantity),
        charge(Rate(PriceModel.VOLUME, tiers=only), quantity),
        charge(Rate(PriceModel.PACKAGE, amount, package_size=1), quantity),
    }

    assert len(charges) == 1
