"""What the vendor's staff read, who see everybody's: orders, subscriptions, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.money import Currency, Money
from subscriptions import eligibility
from subscriptions.models import Subscription
from subscriptions.operations.orders import quantities_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from catalog.models import PriceComponent
    from customers.models import Organisation, Tenant
    from subscriptions.querysets import SubscriptionQuerySet


@dataclass(frozen=True)
class Position:
    """So many of one price component, and what they cost for a full month: an invoice line's net."""

    component: PriceComponent
    quantity: int
    per_month: Money


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


def orders() -> SubscriptionQuerySet:
    """Orders that wait for the vendor's yes or no, the longest waiting first."""
    return every_subscription().requested().longest_waiting_first()


def every_subscription() -> SubscriptionQuerySet:
    return Subscription.objects.with_names().with_price()


def subscriptions_of(organisation: Organisation) -> SubscriptionQuerySet:
    """All it ever had, the newest first."""
    return every_subscription().of(organisation).order_by("-requested_at", "-pk")


def subscriptions_serving(tenant: Tenant) -> SubscriptionQuerySet:
    """All that ever served the tenant, its organisation's as well, the newest first."""
    return every_subscription().serving(tenant).order_by("-requested_at", "-pk")


def priced(subscriptions: Iterable[Subscription], at: dt.datetime) -> list[Priced]:
    """The same subscriptions with their prices at `at`. Load them as above."""
    return [_priced(subscription, at) for subscription in subscriptions]


def obstacles(order: Subscription, at: dt.datetime) -> list[eligibility.Refusal]:
    """What would refuse a confirmation at `at`; empty when nothing would."""
    return eligibility.refusals(
        order.product_version,
        organisation=order.organisation,
        tenant=order.tenant,
        at=at,
        without=order,
    )


def _priced(subscription: Subscription, at: dt.datetime) -> Priced:
    quantities = quantities_at(subscription, at)
    positions = tuple(
        Position(component, quantity, component.charge(quantity).rounded())
        for component in subscription.price_version.components.all()
        if (quantity := quantities.get(component.code, 0))
    )
    total = Money.total(
        (position.per_month for position in positions),
        Currency(subscription.price_version.currency),
    )
    return Priced(subscription, positions, total)
