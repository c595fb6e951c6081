"""What a tenant loses when a subscription there ends. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from subscriptions.applications.availability import needed_by
from subscriptions.applications.lifecycle import LET_IN
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.entitlements import NONE_OF_IT, Source
from subscriptions.licences import licences_of
from subscriptions.plan_overlap import left_in_plan

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant
    from subscriptions.entitlements import Licence
    from subscriptions.models import Subscription
    from subscriptions.plan_overlap import Smaller

    type Parted = tuple[tuple[Authorisation, ...], tuple[Authorisation, ...]]


@dataclass(frozen=True)
class Lost:
    """As `Consequences` of a cancellation say it of what is on the subscription's own tenant."""

    applications: tuple[Authorisation, ...]
    shut_out: tuple[Authorisation, ...]
    capabilities: tuple[str, ...]
    smaller: tuple[Smaller, ...]
    licence_stays: bool


def lost_with(subscription: Subscription, *, ends_at: dt.datetime, at: dt.datetime) -> Lost:
    """What nothing else on its tenant keeps alive after `ends_at`, as it is known at `at`."""
    code, tenant = subscription.product.code, subscription.tenant
    staying = _staying(subscription, ends_at=ends_at, at=at)
    kept = {capability for licence in staying for capability in licence.capabilities}
    licence_stays = any(licence.product_code == code for licence in staying)
    stopped, shut_out = let_in(tenant, ends_at) if tenant and not licence_stays else ((), ())
    return Lost(
        applications=tuple(each for each in stopped if code in needed_by(each)),
        shut_out=tuple(each for each in shut_out if code in needed_by(each)),
        capabilities=tuple(sorted(set(subscription.product_version.capabilities) - kept)),
        smaller=_smaller(subscription, staying),
        licence_stays=licence_stays,
    )


def let_in(tenant: Tenant, ends_at: dt.datetime) -> Parted:
    """(what works there, what is shut out already).

    Without what was let in only until `ends_at` or earlier.
    """
    found = Authorisation.objects.on(tenant).filter(status__in=LET_IN)
    found = found.filter(Q(valid_until=None) | Q(valid_until__gt=ends_at))
    found = found.with_names().order_by("application__name", "pk")
    working = tuple(each for each in found if each.status == AuthorisationStatus.ACTIVE)
    return working, tuple(each for each in found if each not in working)


def _staying(subscription: Subscription, *, ends_at: dt.datetime, at: dt.datetime) -> list[Licence]:
    """What else its tenant has a licence for, that does not end by then either."""
    if subscription.tenant is None:
        return []
    return [
        licence
        for licence in licences_of([subscription.tenant], at)[subscription.tenant.pk]
        if licence.subscription_id != subscription.pk
        and (licence.until is None or licence.until > ends_at)
    ]


def _smaller(subscription: Subscription, staying: Iterable[Licence]) -> tuple[Smaller, ...]:
    """Of what the plan alone goes on giving: another subscription knows no limit.

    What the plan gives none of is lost, and not smaller.
    """
    plan = left_in_plan(subscription)
    without_limit = {
        capability
        for licence in staying
        if licence.source is not Source.PLAN
        for capability in licence.capabilities
    }
    return tuple(
        each
        for each in (plan.smaller if plan else ())
        if each.limit != NONE_OF_IT and each.code not in without_limit
    )
