"""What a subscription costs for a full month: its parts, as an invoice would name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.money import Currency, Money
from subscriptions.operations.orders import quantities_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from catalog.models import PriceComponent, PriceVersion
    from subscriptions.models import Subscription


@dataclass(frozen=True)
class Position:
    """So many of one price component, and their cost for a full month: an invoice line's net."""

    component: PriceComponent
    quantity: int
    per_month: Money


@dataclass(frozen=True)
class FullMonth:
    """The positions of a month that is charged whole, and their sum."""

    positions: tuple[Position, ...]
    total: Money


@dataclass(frozen=True)
class Priced:
    """A subscription with its positions at an instant and their sum per full month."""

    subscription: Subscription
    positions: tuple[Position, ...]
    per_month: Money

    @property
    def is_example(self) -> bool:
        """Whether the price is invented, as in the demo catalogue; pages say so."""
        return self.subscription.price_version.example


def priced(subscriptions: Iterable[Subscription], at: dt.datetime) -> list[Priced]:
    """The same subscriptions with their prices at `at`. Load them `with_price()`."""
    return [_priced(subscription, at) for subscription in subscriptions]


def full_month(price: PriceVersion, quantities: Mapping[str, int]) -> FullMonth:
    """What so many of each component cost at `price`; those without any are left out."""
    positions = tuple(
        Position(component, quantity, component.charge(quantity).rounded())
        for component in price.components.all()
        if (quantity := quantities.get(component.code, 0))
    )
    total = Money.total((each.per_month for each in positions), Currency(price.currency))
    return FullMonth(positions, total)


def _priced(subscription: Subscription, at: dt.datetime) -> Priced:
    month = full_month(subscription.price_version, quantities_at(subscription, at))
    return Priced(subscription, month.positions, month.total)
