"""What the vendor's staff read, who see everybody's: orders and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions import eligibility
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Organisation, Tenant
    from subscriptions.querysets import SubscriptionQuerySet


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


def obstacles(order: Subscription, at: dt.datetime) -> list[eligibility.Refusal]:
    """What would refuse a confirmation at `at`; empty when nothing would."""
    return eligibility.refusals(
        order.product_version,
        organisation=order.organisation,
        tenant=order.tenant,
        at=at,
        without=order,
    )
