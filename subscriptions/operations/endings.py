"""The end of a subscription and, in the same transaction, of what lived on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from catalog.queries import seller_for
from customers.actors import SCHEDULE
from customers.turns import each_alone
from subscriptions.applications.deactivation import deactivate_unlicensed
from subscriptions.applications.models import Authorisation
from subscriptions.lifecycle import Action, Status, outcome
from subscriptions.locks import lock_organisation, not_before_its_past
from subscriptions.metered import last_use_invoiced_on
from subscriptions.models import Subscription
from subscriptions.operations.sandboxes import goes_on_in, left_sandbox
from subscriptions.periods import first_day_free
from subscriptions.plan_overlap import left_in_plan
from subscriptions.provisioning import facts
from subscriptions.reasons import words_for
from subscriptions.telling import tell, write_about_order, write_to_owners

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor
    from customers.asked import Asked
    from customers.models import Organisation, Tenant


def end_due(*, at: dt.datetime) -> int:
    """Carry out every end that has come by `at`; returns how many.

    One transaction per organisation: what is wrong with one is logged, stops nobody else, and
    is tried again by the next run. Safe to run at any time, from any number of workers: a
    second run finds nothing left to do.
    """
    due = Subscription.objects.ending_by(at).order_by("organisation_id")
    return each_alone(
        due.values_list("organisation_id", flat=True).distinct(),
        lambda organisation_id: _end_all_of(organisation_id, at),
        trouble="ends were not carried out",
        named=lambda organisation_id: {"organisation": organisation_id},
    )


@transaction.atomic
def _end_all_of(organisation_id: int, at: dt.datetime) -> int:
    return end_due_of(lock_organisation(organisation_id), at=at)


def end_due_of(organisation: Organisation, *, at: dt.datetime) -> int:
    """The same for one organisation whose lock the caller holds."""
    due = list(Subscription.objects.ending_by(at).of(organisation).with_names())
    for subscription in due:
        end(subscription, by=SCHEDULE, recorded_at=at)
    return len(due)


def end_with_tenant(tenant: Tenant, *, reason: str, by: Actor, at: dt.datetime) -> int:
    """End at `at` all that the tenant itself has, and reject what waits; returns how many.

    For a tenant that is gone for good; the caller holds its organisation's lock. A sandbox ends
    what it came with. What its organisation has as a whole goes on.
    """
    live = list(Subscription.objects.live().gone_with(tenant).with_names().order_by("pk"))
    for subscription in live:
        ended_at = not_before_its_past(subscription, at)
        if subscription.status == Status.REQUESTED:
            subscription.status = outcome(Status.REQUESTED, Action.REJECT)
            subscription.save(update_fields=["status"])
            tell(subscription, "rejected", by=by, at=ended_at, reason=reason)
            context = {"reason": words_for(reason)}
            write_about_order(subscription, "rejected", context=context, at=ended_at)
            continue
        if subscription.ends_at is None or subscription.ends_at > ended_at:
            # Nobody knew of this end before, whatever was planned: a late run asks (0010).
            subscription.cancelled_at = ended_at
            subscription.cancel_reason = subscription.cancel_reason or reason
            subscription.ends_at = ended_at
            subscription.save(update_fields=["cancelled_at", "cancel_reason", "ends_at"])
        end(subscription, by=by, recorded_at=ended_at)
    return len(live)


def end(
    subscription: Subscription,
    *,
    by: Actor,
    recorded_at: dt.datetime,
    asked: Asked | None = None,
) -> list[Authorisation]:
    """Write the end at `subscription.ends_at` and deactivate what needed the licence.

    Not what works on a sandbox that came with it: that stops when the platform takes it away.
    `asked`: who of the customer asked staff to end it at once. The caller holds the
    organisation's lock. Returns the deactivated authorisations. Raises ValueError of one that
    has no end.
    """
    ends_at = subscription.ends_at
    if ends_at is None:
        raise ValueError("only a subscription with an end can end")
    left = left_in_plan(subscription)
    subscription.status = outcome(Status(subscription.status), Action.END)
    subscription.save(update_fields=["status"])
    tell(subscription, "ended", by=by, at=ends_at, recorded_at=recorded_at)
    stopped: list[Authorisation] = []
    shut_out: list[Authorisation] = []
    tenant = subscription.tenant
    if tenant:
        stopped, shut_out = deactivate_unlicensed(
            tenant,
            products=[subscription.product.code],
            why=Authorisation.Deactivation.LICENCE_ENDED,
            restore_days=subscription.product_version.policy.restore_days,
            by=by,
            at=ends_at,
            recorded_at=recorded_at,
        )
    policy = subscription.product_version.policy
    write_to_owners(
        subscription,
        "ended",
        context={
            "left": left,
            "stopped": stopped,
            "back": [each for each in stopped if each.may_come_back(recorded_at)],
            "is_for_a_time": any(each.valid_until for each in stopped),
            "shut_out": shut_out,
            "needs_confirmation": policy.needs_confirmation,
            "left_sandbox": left_sandbox(subscription),
            "goes_on_in": goes_on_in(subscription),
            "use_invoiced_on": last_use_invoiced_on(subscription, ends_at=ends_at),
            "is_credited": _leaves_paid_days(subscription, ends_at),
            "is_gone": bool(tenant and tenant.is_gone),
            "asked": asked,
        },
        at=recorded_at,
    )
    facts.tell_place_of(subscription, at=recorded_at)
    return [*stopped, *shut_out]


def _leaves_paid_days(subscription: Subscription, ends_at: dt.datetime) -> bool:
    """Whether it ends before its month does."""
    zone = seller_for(subscription.organisation.country).zone
    return first_day_free(ends_at, zone).day != 1
