"""What the vendor's staff read, who see everybody's: orders and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions import eligibility
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.querysets import SubscriptionQuerySet


def orders() -> SubscriptionQuerySet:
    """Orders that wait for the vendor's yes or no, the longest waiting first."""
    return every_subscription().requested().longest_waiting_first()


def every_subscription() -> SubscriptionQuerySet:
    return Subscription.objects.with_names().with_price()


def obstacles(order: Subscription, at: dt.datetime) -> list[eligibility.Refusal]:
    """What would refuse a confirmation at `at`; empty when nothing would."""
    return eligibility.refusals(
        order.product_version,
        organisation=order.organisation,
        tenant=order.tenant,
        at=at,
        without=order,
    )
