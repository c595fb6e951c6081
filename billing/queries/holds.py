"""Whom staff keep out of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import BillingHold, ItemReview

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from billing.models import RunItem
    from billing.querysets import BillingHoldQuerySet
    from customers.models import Organisation


def every_hold() -> BillingHoldQuerySet:
    return BillingHold.objects.with_names()


def holds_of(organisation: Organisation) -> BillingHoldQuerySet:
    """What holds it now, the newest first."""
    return every_hold().of(organisation).unreleased().order_by("-pk")


def reviews_of(item: RunItem) -> QuerySet[ItemReview]:
    """Which bounds somebody has reviewed for it, the first one first."""
    return ItemReview.objects.filter(item=item).select_related("reviewed_by").order_by("pk")
