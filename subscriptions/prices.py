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
    from subscriptions.models import PriceChange, Subscription


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
    price: PriceVersion
    positions: tuple[Position, ...]
    per_month: Money

    @property
    def is_example(self) -> bool:
        """Whether the price is invented, as in the demo catalogue; pages say so."""
        return self.price.example


def priced(subscriptions: Iterable[Subscription], at: dt.datetime) -> list[Priced]:
    """The same subscriptions with their prices at `at`. Load them `with_price()`."""
    return [_priced(subscription, at) for subscription in subscriptions]


def price_at(subscription: Subscription, at: dt.datetime) -> PriceVersion:
    """The price it is charged at `at`: the one it was ordered at, or one announced since."""
    changes = [each for each in standing_changes(subscription) if each.effective_at <= at]
    return changes[-1].price_version if changes else subscription.price_version


def next_price_change(subscription: Subscription, at: dt.datetime) -> PriceChange | None:
    """The first that was announced and has not come yet, unless it ends before."""
    return next(iter(coming_price_changes(subscription, at)), None)


def coming_price_changes(subscription: Subscription, at: dt.datetime) -> list[PriceChange]:
    """All that were announced and have not come yet, but those that it ends before."""
    ends_at = subscription.ends_at
    return [
        change
        for change in standing_changes(subscription)
        if change.effective_at > at and (ends_at is None or change.effective_at < ends_at)
    ]


def standing_changes(subscription: Subscription) -> list[PriceChange]:
    """Announced and not withdrawn, the earliest first."""
    return [change for change in subscription.price_changes.all() if change.stands]


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
    price = price_at(subscription, at)
    month = full_month(price, quantities_at(subscription, at))
    return Priced(subscription, price, month.positions, month.total)
