"""Amounts with their currency. Pure: exact decimal arithmetic, no floats, no mixing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

# Wide enough for any sum or product of NUMERIC(14,6) values; a digit that would be lost raises.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])


class Currency(StrEnum):
    """The currencies a seller may invoice in (ISO 4217)."""

    EUR = "EUR"
    NOK = "NOK"

    @property
    def decimals(self) -> int:
        """Decimals of an amount on an invoice."""
        return 2


_SMALLEST = {currency: Decimal(1).scaleb(-currency.decimals) for currency in Currency}


class MixedCurrencies(TypeError):
    """Amounts in two currencies were added, subtracted or compared."""


class NotExact(TypeError):
    """An amount that is no finite `Decimal`: a float, a bool, NaN."""


def rounded(amount: Decimal, currency: Currency) -> Decimal:
    """Half-up to the currency's decimals; -0.005 becomes -0.01: credits mirror charges."""
    return ROUNDING.quantize(amount, _SMALLEST[currency])


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in whole units of `currency` (12.50 is twelve and a half euro).

    Raises NotExact for anything but a finite Decimal, MixedCurrencies when two currencies meet.
    """

    amount: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        amount: object = self.amount  # callers without types pass floats
        if not isinstance(amount, Decimal) or not amount.is_finite():
            raise NotExact(f"{amount!r} is no finite Decimal")
        object.__setattr__(self, "currency", Currency(self.currency))

    @classmethod
    def zero(cls, currency: Currency) -> Self:
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: Currency) -> Money:
        """The exact sum of `amounts`, zero `currency` when there are none."""
        total = cls.zero(currency)
        for amount in amounts:
            total += amount
        return total

    def rounded(self) -> Money:
        """To what can be paid: see the function of this name."""
        return Money(rounded(self.amount, self.currency), self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate() if self.amount else self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            raise NotExact(f"{factor!r} is neither Decimal nor int")
        return Money(EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"

    def _same(self, other: Money) -> Decimal:
        if not isinstance(other, Money):
            raise NotExact(f"{other!r} is no Money")
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return other.amount
