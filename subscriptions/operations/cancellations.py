"""Cancelling: first exactly what will happen, then doing exactly that."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.queries import seller_for
from customers.refusals import Refusal
from subscriptions.lifecycle import Action, outcome
from subscriptions.locks import lock_subscription, not_before_its_past
from subscriptions.losses import let_in, lost_with
from subscriptions.metered import last_use_invoiced_on
from subscriptions.models import Subscription
from subscriptions.operations import endings
from subscriptions.operations.orders import quantities_at, status_at
from subscriptions.operations.sandboxes import goes_on_in, left_sandbox
from subscriptions.periods import first_day_free, month_end
from subscriptions.provisioning import facts
from subscriptions.telling import tell, write_to_owners

if TYPE_CHECKING:
    from customers.actors import Customer
    from customers.asked import Asked
    from customers.models import Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.plan_overlap import Smaller


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
    be deactivated; `shut_out` those too, but they have not worked since they could do more than was
    agreed to. What was let in until then or earlier is over by itself, and in neither.
    `capabilities` are those that the tenant loses, sorted by code; `smaller` those that its plan
    gives as well, but not as much of. `licence_stays` when something else gives the product there.
    `sandbox` is what came with it: the platform takes that away after the end.
    """

    subscription: Subscription
    when: CancelWhen
    ends_at: dt.datetime
    first_free_day: dt.date
    applications: tuple[Authorisation, ...]
    shut_out: tuple[Authorisation, ...]
    capabilities: tuple[str, ...]
    smaller: tuple[Smaller, ...]
    licence_stays: bool
    quantities: dict[str, int]
    restore_days: int
    sandbox: LeftSandbox | None = None

    @property
    def restore_until(self) -> dt.datetime:
        """Until when a new subscription brings back what was deactivated."""
        return self.ends_at + dt.timedelta(days=self.restore_days)

    def comes_back_until(self, authorisation: Authorisation) -> dt.datetime:
        """The same of one of them."""
        return authorisation.back_until(self.restore_until)

    @property
    def stopping(self) -> tuple[Authorisation, ...]:
        """All that work no longer once it has ended and the platform has taken the sandbox."""
        return self.applications + (self.sandbox.applications if self.sandbox else ())

    @property
    def fingerprint(self) -> str:
        """Changes when anything does that a person should read again before confirming."""
        facts = [
            self.subscription.pk,
            self.when,
            str(self.first_free_day),
            sorted(
                (a.pk, a.status, str(a.valid_until)) for a in (*self.applications, *self.shut_out)
            ),
            self.capabilities,
            sorted((each.code, each.limit) for each in self.smaller),
            self.licence_stays,
            sorted(self.quantities.items()),
            self.subscription.price_version_id,
            str(self.subscription.ends_at),
            self.sandbox.facts if self.sandbox else None,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class OwnOfSandbox:
    """What was ordered for the sandbox itself: it goes on unless it is cancelled as well.

    `ending` is what that does; None where it cannot be done with this: it has an end already, it
    waits to be confirmed, or its product's policy knows no such moment.
    """

    subscription: Subscription
    ending: Consequences | None

    @property
    def goes_on(self) -> bool:
        return self.subscription.ends_at is None


@dataclass(frozen=True)
class LeftSandbox:
    """A tenant that nothing is paid for any more: the platform takes it away, with all in it.

    Until the platform says that it has, the tenant is there and its applications work
    (docs/decisions/0029).
    """

    tenant: Tenant
    own: tuple[OwnOfSandbox, ...]
    applications: tuple[Authorisation, ...]
    shut_out: tuple[Authorisation, ...]

    @property
    def cancellable(self) -> tuple[Consequences, ...]:
        return tuple(each.ending for each in self.own if each.ending)

    @property
    def facts(self) -> list[object]:
        return [
            self.tenant.pk,
            [
                (
                    each.subscription.pk,
                    each.subscription.status,
                    str(each.subscription.ends_at),
                    each.ending.fingerprint if each.ending else "",
                )
                for each in self.own
            ],
            sorted((each.pk, each.status) for each in (*self.applications, *self.shut_out)),
        ]


def consequences(subscription: Subscription, *, when: CancelWhen, at: dt.datetime) -> Consequences:
    """What cancelling would do, looked up now. Changes nothing.

    Raises NotAllowedNow, CannotCancelNow, AlreadyCancelled.
    """
    ends_at = _allowed_end(subscription, when, at)
    return _consequences(subscription, when, ends_at=ends_at, at=at)


@transaction.atomic
def cancel(
    subscription: Subscription,
    *,
    when: CancelWhen,
    confirmed: str,
    with_sandbox: bool = False,
    reason: str = "",
    asked: Asked | None = None,
    by: Customer,
    at: dt.datetime,
) -> Subscription:
    """End the subscription at the end of the month, or now.

    `confirmed` is the fingerprint of the consequences that the person read. NOW ends it in
    this very transaction, with its applications; unused days are credited by the next
    monthly run. `with_sandbox` cancels in it as well what was ordered for the sandbox that came
    with it, where that can be. `asked`: for whom of the customer staff do it.
    Raises ConsequencesChanged (nothing happened; show the new list), NotAllowedNow,
    CannotCancelNow, AlreadyCancelled.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    found = consequences(subscription, when=when, at=at)
    if confirmed != found.fingerprint:
        raise ConsequencesChanged(found)
    if with_sandbox and found.sandbox:
        for own in found.sandbox.cancellable:
            theirs = lock_subscription(own.subscription)
            told_at = not_before_its_past(theirs, at)
            if ending := _ending_with(theirs, when, ends_at=found.ends_at, at=told_at):
                _carry_out(ending, reason=reason, asked=asked, by=by, at=told_at)
    return _carry_out(found, reason=reason, asked=asked, by=by, at=at)


def _carry_out(
    found: Consequences, *, reason: str, asked: Asked | None, by: Customer, at: dt.datetime
) -> Subscription:
    """Do what was found under the lock that is still held."""
    subscription = found.subscription
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
        details={"ends_at": found.ends_at, "when": found.when},
        asked=asked,
    )
    if found.when is CancelWhen.NOW:
        endings.end(subscription, by=by, recorded_at=at, asked=asked)
        return subscription
    write_to_owners(
        subscription,
        "cancelled",
        context={
            "consequences": found,
            "use_invoiced_on": last_use_invoiced_on(subscription, ends_at=found.ends_at),
            "goes_on_in": goes_on_in(subscription),
            "asked": asked,
        },
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription


@transaction.atomic
def withdraw_cancellation(
    subscription: Subscription, *, asked: Asked | None = None, by: Customer, at: dt.datetime
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
    tell(
        subscription,
        "cancellation_withdrawn",
        by=by,
        at=at,
        details={"ends_at": planned_end},
        asked=asked,
    )
    write_to_owners(
        subscription,
        "cancellation_withdrawn",
        context={
            "asked": asked,
            "is_charged": subscription.product_version.policy.charged_while_suspended,
        },
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription


def _allowed_end(subscription: Subscription, when: CancelWhen, at: dt.datetime) -> dt.datetime:
    outcome(status_at(subscription, at), Action.CANCEL)
    if subscription.ends_at is not None and when is CancelWhen.MONTH_END:
        raise AlreadyCancelled
    policy = subscription.product_version.policy
    allowed = policy.cancel_now if when is CancelWhen.NOW else policy.cancel_at_month_end
    if not allowed:
        raise CannotCancelNow
    zone = seller_for(subscription.organisation.country).zone
    return at if when is CancelWhen.NOW else month_end(at, zone, notice_days=policy.notice_days)


def _consequences(
    subscription: Subscription, when: CancelWhen, *, ends_at: dt.datetime, at: dt.datetime
) -> Consequences:
    zone = seller_for(subscription.organisation.country).zone
    lost = lost_with(subscription, ends_at=ends_at, at=at)
    return Consequences(
        subscription=subscription,
        when=when,
        ends_at=ends_at,
        first_free_day=first_day_free(ends_at, zone),
        applications=lost.applications,
        shut_out=lost.shut_out,
        capabilities=lost.capabilities,
        smaller=lost.smaller,
        licence_stays=lost.licence_stays,
        quantities=quantities_at(subscription, at),
        restore_days=subscription.product_version.policy.restore_days,
        sandbox=_sandbox_left(subscription, when, ends_at=ends_at, at=at),
    )


def _sandbox_left(
    subscription: Subscription, when: CancelWhen, *, ends_at: dt.datetime, at: dt.datetime
) -> LeftSandbox | None:
    tenant = left_sandbox(subscription)
    if tenant is None:
        return None
    own = Subscription.objects.of(subscription.organisation).filter(tenant=tenant).live_at(at)
    working, shut_out = let_in(tenant, ends_at)
    return LeftSandbox(
        tenant=tenant,
        own=tuple(
            OwnOfSandbox(each, _ending_with(each, when, ends_at=ends_at, at=at))
            for each in own.with_names().with_price().order_by("pk")
        ),
        applications=working,
        shut_out=shut_out,
    )


def _ending_with(
    own: Subscription, when: CancelWhen, *, ends_at: dt.datetime, at: dt.datetime
) -> Consequences | None:
    """Not before `ends_at`, when the sandbox ends; later where its product's policy says so."""
    ways = [when] if when is CancelWhen.MONTH_END else [when, CancelWhen.MONTH_END]
    for way in ways:
        with suppress(Refusal):
            last = max(_allowed_end(own, way, at), ends_at)
            return _consequences(own, way, ends_at=last, at=at)
    return None
