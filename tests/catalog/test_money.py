from __future__ import annotations

from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.money import Currency, MixedCurrencies, Money, NotExact

amounts = st.decimals(min_value=-(10**8), max_value=10**8, places=6)
euros = amounts.map(lambda amount: Money(amount, Currency.EUR))


def euro(text: str) -> Money:
    return Money(Decimal(text), Currency.EUR)


def krone(text: str) -> Money:
    return Money(Decimal(text), Currency.NOK)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.004", "0.00"),
        ("0.005", "0.01"),
        ("2.675", "2.68"),
        ("1.115", "1.12"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("588", "588.00"),
        ("99999999.994999", "99999999.99"),
    ],
)
def test_rounds_half_up_to_the_cent_away_from_zero(exact: str, rounded: str) -> None:
    assert euro(exact).rounded() == euro(rounded)
    assert euro(exact).rounded().amount.as_tuple().exponent == -2


@pytest.mark.parametrize(
    "amount",
    [1.5, 1, "1.50", None, True, Decimal("NaN"), Decimal("Infinity")],
    ids=["float", "int", "text", "none", "bool", "nan", "infinity"],
)
def test_refuses_what_is_no_finite_decimal(amount: object) -> None:
    with pytest.raises(NotExact):
        Money(amount, Currency.EUR)  # type: ignore[arg-type]


def test_refuses_an_unknown_currency() -> None:
    with pytest.raises(ValueError, match="SEK"):
        Money(Decimal(1), "SEK")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "mix",
    [
        lambda: euro("1") + krone("1"),
        lambda: euro("1") - krone("1"),
        lambda: euro("1") < krone("1"),
        lambda: euro("1") >= krone("1"),
        lambda: Money.total([euro("1"), krone("1")], Currency.EUR),
        lambda: Money.total([krone("1")], Currency.EUR),
    ],
    ids=["add", "subtract", "less", "at least", "total", "total in another"],
)
def test_refuses_to_mix_currencies(mix: object) -> None:
    with pytest.raises(MixedCurrencies):
        mix()  # type: ignore[operator]


@pytest.mark.parametrize("factor", [0.5, True], ids=["float", "bool"])
def test_refuses_to_multiply_by_what_is_not_exact(factor: object) -> None:
    with pytest.raises(NotExact):
        euro("1") * factor  # type: ignore[operator]


def test_refuses_to_add_a_bare_number() -> None:
    with pytest.raises(NotExact):
        euro("1") + Decimal(1)  # type: ignore[operator]


def test_raises_rather_than_losing_a_digit() -> None:
    tiny = euro("0." + "0" * 40 + "1")

    with pytest.raises(Inexact):
        tiny + euro("1" + "0" * 30)


def test_the_same_amount_in_another_currency_is_not_equal() -> None:
    assert euro("1") != krone("1")
    assert euro("1.0") == euro("1.00")


def test_no_money_is_falsy_and_any_other_is_not() -> None:
    assert not Money.zero(Currency.EUR)
    assert euro("-0.000001")


def test_total_of_nothing_is_zero() -> None:
    assert Money.total([], Currency.NOK) == krone("0")


def test_reads_as_currency_and_amount() -> None:
    assert str(euro("588.00")) == "EUR 588.00"


@given(euros, euros, euros)
def test_addition_is_exact_in_any_order(one: Money, two: Money, three: Money) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + two - two == one


@given(euros, st.integers(min_value=0, max_value=1000))
def test_multiplying_is_repeated_addition(money: Money, times: int) -> None:
    assert money * times == Money.total([money] * times, Currency.EUR)


@given(euros)
def test_rounding_moves_at_most_half_a_cent_and_once_is_enough(money: Money) -> None:
    rounded = money.rounded()

    assert abs((rounded - money).amount) <= Decimal("0.005")
    assert rounded.rounded() == rounded


@given(euros)
def test_a_credit_rounds_as_its_charge(money: Money) -> None:
    assert (-money).rounded() == -money.rounded()
