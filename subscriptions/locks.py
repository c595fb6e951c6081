"""A subscription's lock, after its organisation's: see `customers/locks.py` for the order."""

from __future__ import annotations

from customers.locks import lock_organisation
from subscriptions.models import Subscription

__all__ = ["lock_organisation", "lock_subscription"]


def lock_subscription(subscription: Subscription) -> Subscription:
    """The subscription as it is now, under its organisation's lock."""
    lock_organisation(subscription.organisation_id)
    return (
        Subscription.objects.with_names()
        .select_for_update(of=["self"], no_key=True)
        .get(pk=subscription.pk)
    )
