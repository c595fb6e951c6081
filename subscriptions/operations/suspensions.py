"""Suspending and resuming: the subscription keeps everything and gives nothing meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from subscriptions.applications.deactivation import cut_off_suspended, restore_licensed
from subscriptions.lifecycle import Action, outcome
from subscriptions.locks import lock_subscription, not_before_its_past
from subscriptions.models import Suspension
from subscriptions.operations.orders import status_at
from subscriptions.plan_overlap import left_in_plan
from subscriptions.provisioning import facts
from subscriptions.telling import tell, write_to_owners

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


@transaction.atomic
def suspend(subscription: Subscription, *, reason: str, by: Actor, at: dt.datetime) -> Subscription:
    """Take its licence away from `at` on; applications stop but stay authorised.

    A sandbox that came with it, and what works there, stops when the platform suspends that.
    It goes on being charged unless the product's policy says otherwise. Raises NotAllowedNow.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    subscription.status = outcome(status_at(subscription, at), Action.SUSPEND)
    subscription.save(update_fields=["status"])
    Suspension.objects.create(subscription=subscription, suspended_at=at, reason=reason)
    stopped: list[Authorisation] = []
    if subscription.tenant:
        stopped = cut_off_suspended(subscription.tenant, by=by, at=at)
    tell(subscription, "suspended", by=by, at=at, reason=reason)
    write_to_owners(
        subscription,
        "suspended",
        context={
            "reason": reason,
            "stopped": stopped,
            "left": left_in_plan(subscription),
            "is_charged": subscription.product_version.policy.charged_while_suspended,
        },
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription


@transaction.atomic
def resume(
    subscription: Subscription, *, reason: str = "", by: Actor, at: dt.datetime
) -> Subscription:
    """Give the licence back from `at` on; applications work again without new consent.

    So do those that were agreed to meanwhile and waited for the licence, however long it was
    suspended: what was agreed to before it was works as well. Raises NotAllowedNow.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    subscription.status = outcome(status_at(subscription, at), Action.RESUME)
    subscription.save(update_fields=["status"])
    suspension = subscription.suspensions.get(resumed_at__isnull=True)
    suspension.resumed_at = at
    suspension.save(update_fields=["resumed_at"])
    tell(subscription, "resumed", by=by, at=at, reason=reason)
    restored: list[Authorisation] = []
    asking: list[Authorisation] = []
    if subscription.tenant:
        restored, asking = restore_licensed(
            subscription.tenant,
            waiting_since=suspension.suspended_at,
            by=by,
            at=at,
        )
    write_to_owners(
        subscription,
        "resumed",
        context={"restored": restored, "asking": asking},
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription
