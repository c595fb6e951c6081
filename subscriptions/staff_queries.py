"""What the vendor's staff read, who see everybody's: orders and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions import eligibility
from subscriptions.models import ProductDecision, Subscription

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from catalog.models import ProductVersion
    from subscriptions.querysets import SubscriptionQuerySet


def orders() -> SubscriptionQuerySet:
    """Orders that wait for the vendor's yes or no, the longest waiting first."""
    return every_subscription().requested().longest_waiting_first()


def every_subscription() -> SubscriptionQuerySet:
    return Subscription.objects.with_names().with_price().with_terms()


def obstacles(order: Subscription, at: dt.datetime) -> list[eligibility.Refusal]:
    """What would refuse a confirmation at `at`; empty when nothing would."""
    return eligibility.refusals(
        order.product_version,
        organisation=order.organisation,
        tenant=order.tenant,
        at=at,
        without=order,
    )


def decisions_about(version: ProductVersion) -> QuerySet[ProductDecision]:
    """What staff ever decided about its product, the newest first."""
    about = ProductDecision.objects.filter(product_version__product=version.product_id)
    return about.select_related("product_version", "decided_by").order_by("-pk")
