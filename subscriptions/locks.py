"""A subscription's lock, after its organisation's: see `customers/locks.py` for the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from customers.locks import lock_organisation
from customers.models import History
from subscriptions.applications.models import Application
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Tenant

__all__ = [
    "lock_application",
    "lock_organisation",
    "lock_subscription",
    "not_before_its_past",
    "not_before_the_past_of",
]


def lock_application(application: Application) -> None:
    """After the organisations: what it may do does not change until the transaction ends."""
    locked = Application.objects.select_for_update(no_key=True).filter(pk=application.pk)
    locked.values_list("pk").get()


def lock_subscription(subscription: Subscription) -> Subscription:
    """The subscription as it is now, under its organisation's lock."""
    lock_organisation(subscription.organisation_id)
    return (
        Subscription.objects.with_names()
        .select_for_update(of=["self"], no_key=True)
        .get(pk=subscription.pk)
    )


def not_before_its_past(subscription: Subscription, at: dt.datetime) -> dt.datetime:
    """`at`, or when the last thing happened to the subscription if that is later.

    The clock was read before the lock was waited for, and two servers' clocks differ a little:
    what comes second under the lock also counts as second.
    """
    last = History.objects.about(subscription).aggregate(last=Max("at"))["last"]
    return max(at, last) if last else at


def not_before_the_past_of(tenant: Tenant, at: dt.datetime) -> dt.datetime:
    """The same for whatever happened on a tenant: when the last of it was written down."""
    told = History.objects.filter(tenant=tenant)
    last = told.aggregate(last=Max("recorded_at"))["last"]
    return max(at, last) if last else at
