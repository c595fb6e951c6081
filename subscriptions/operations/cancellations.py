"""Cancelling: first exactly what will happen, then doing exactly that."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.queries import seller_for
from customers.refusals import Refusal
from subscriptions.applications.availability import needed_by
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.licences import licences_of
from subscriptions.lifecycle import Action, outcome
from subscriptions.locks import lock_subscription, not_before_its_past
from subscriptions.metered import last_use_invoiced_on
from subscriptions.operations import endings
from subscriptions.operations.orders import quantities_at, status_at
from subscriptions.periods import first_day_free, month_end
from subscriptions.provisioning import facts
from subscriptions.telling import tell, write_to_owners

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Customer
    from subscriptions.models import Subscription


class CancelWhen(StrEnum):
    MONTH_END = "month_end"
    NOW = "now"


class ConsequencesChanged(Refusal):
    """What was confirmed is not what would happen any more; `consequences` is the new list."""

    sentence = _("Something has changed since you opened this page. Please read the list again.")

    def __init__(self, consequences: Consequences) -> None:
        super().__init__(consequences)
        self.consequences = consequences


class AlreadyCancelled(Refusal):
    sentence = _("This subscription has been cancelled already.")


class NotCancelled(Refusal):
    sentence = _("This subscription is not cancelled: there is nothing to withdraw.")


class CannotCancelNow(Refusal):
    """The product's policy only knows the end of a month, or no end of a month."""

    sentence = _("This product cannot be cancelled at that moment.")


@dataclass(frozen=True)
class Consequences:
    """What ending `subscription` at `ends_at` does, from live data.

    `first_free_day` is the first day that is not charged. `applications` are those that will
    be deactivated; `capabilities` those that the tenant loses, sorted by code.
    """

    subscription: Subscription
    when: CancelWhen
    ends_at: dt.datetime
    first_free_day: dt.date
    applications: tuple[Authorisation, ...]
    capabilities: tuple[str, ...]
    quantities: dict[str, int]
    restore_days: int

    @property
    def fingerprint(self) -> str:
        """Changes when anything does that a person should read again before confirming."""
        facts = [
            self.subscription.pk,
            self.when,
            str(self.first_free_day),
            sorted((a.pk, a.status) for a in self.applications),
            self.capabilities,
            sorted(self.quantities.items()),
            self.subscription.price_version_id,
            str(self.subscription.ends_at),
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def consequences(subscription: Subscription, *, when: CancelWhen, at: dt.datetime) -> Consequences:
    """What cancelling would do, looked up now. Changes nothing.

    Raises NotAllowedNow, CannotCancelNow, AlreadyCancelled.
    """
    outcome(status_at(subscription, at), Action.CANCEL)
    if subscription.ends_at is not None and when is CancelWhen.MONTH_END:
        raise AlreadyCancelled
    policy = subscription.product_version.policy
    allowed = policy.cancel_now if when is CancelWhen.NOW else policy.cancel_at_month_end
    if not allowed:
        raise CannotCancelNow
    zone = seller_for(subscription.organisation.country).zone
    ends_at = at if when is CancelWhen.NOW else month_end(at, zone, notice_days=policy.notice_days)
    applications, capabilities = _lost_with(subscription, at)
    return Consequences(
        subscription=subscription,
        when=when,
        ends_at=ends_at,
        first_free_day=first_day_free(ends_at, zone),
        applications=applications,
        capabilities=capabilities,
        quantities=quantities_at(subscription, at),
        restore_days=policy.restore_days,
    )


@transaction.atomic
def cancel(
    subscription: Subscription,
    *,
    when: CancelWhen,
    confirmed: str,
    reason: str = "",
    by: Customer,
    at: dt.datetime,
) -> Subscription:
    """End the subscription at the end of the month, or now.

    `confirmed` is the fingerprint of the consequences that the person read. NOW ends it in
    this very transaction, with its applications; unused days are credited by the next
    monthly run. Raises ConsequencesChanged (nothing happened; show the new list),
    NotAllowedNow, CannotCancelNow, AlreadyCancelled.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    found = consequences(subscription, when=when, at=at)
    if confirmed != found.fingerprint:
        raise ConsequencesChanged(found)
    subscription.cancelled_at = at
    subscription.cancel_reason = reason
    subscription.ends_at = found.ends_at
    subscription.save(update_fields=["cancelled_at", "cancel_reason", "ends_at"])
    tell(
        subscription,
        "cancelled",
        by=by,
        at=at,
        reason=reason,
        details={"ends_at": found.ends_at, "when": when},
    )
    if when is CancelWhen.NOW:
        endings.end(subscription, by=by, recorded_at=at)
    else:
        write_to_owners(
            subscription,
            "cancelled",
            context={
                "consequences": found,
                "use_invoiced_on": last_use_invoiced_on(subscription, ends_at=found.ends_at),
            },
            at=at,
        )
        facts.tell_place_of(subscription, at=at)
    return subscription


@transaction.atomic
def withdraw_cancellation(
    subscription: Subscription, *, by: Customer, at: dt.datetime
) -> Subscription:
    """Go on as if nothing had been cancelled; possible until the end takes effect.

    Raises NotAllowedNow from `ends_at` on, NotCancelled when no end is planned.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    outcome(status_at(subscription, at), Action.WITHDRAW_CANCELLATION)
    if subscription.ends_at is None:
        raise NotCancelled
    planned_end = subscription.ends_at
    subscription.cancelled_at = None
    subscription.cancel_reason = ""
    subscription.ends_at = None
    subscription.save(update_fields=["cancelled_at", "cancel_reason", "ends_at"])
    tell(subscription, "cancellation_withdrawn", by=by, at=at, details={"ends_at": planned_end})
    write_to_owners(
        subscription,
        "cancellation_withdrawn",
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription


def _lost_with(
    subscription: Subscription, at: dt.datetime
) -> tuple[tuple[Authorisation, ...], tuple[str, ...]]:
    """Applications and capabilities that nothing else on the tenant would keep alive."""
    own = set(subscription.product_version.capabilities)
    tenant = subscription.tenant
    if tenant is None:
        return (), tuple(sorted(own))
    others = [
        licence
        for licence in licences_of([tenant], at)[tenant.pk]
        if licence.subscription_id != subscription.pk
    ]
    kept = {capability for licence in others for capability in licence.capabilities}
    code = subscription.product.code
    if any(licence.product_code == code for licence in others):
        return (), tuple(sorted(own - kept))
    active = Authorisation.objects.on(tenant).filter(status=AuthorisationStatus.ACTIVE)
    return (
        tuple(
            authorisation
            for authorisation in active.with_names().order_by("application__name", "pk")
            if code in needed_by(authorisation)
        ),
        tuple(sorted(own - kept)),
    )
