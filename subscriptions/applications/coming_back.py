"""What the return of a licence brings back by itself, and until when. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions.applications.availability import needed_by
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.licences import licences_of
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription, Suspension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


def comes_back(
    authorisation: Authorisation,
    *,
    ordered_at: dt.datetime | None = None,
    waiting_since: dt.datetime | None = None,
    at: dt.datetime,
) -> bool:
    """Whether a deactivated application needs no new consent when its licence returns at `at`.

    `ordered_at` is when that was ordered, `waiting_since` when it was suspended, if it was.
    """
    closed_at, valid_until = authorisation.closed_at, authorisation.valid_until
    if valid_until is not None and valid_until <= at:
        return False
    never_worked = authorisation.deactivation == Authorisation.Deactivation.LICENCE_MISSING
    if never_worked and waiting_since and closed_at and closed_at >= waiting_since:
        return True
    restore_until = authorisation.restore_until
    return restore_until is not None and min(at, ordered_at or at) <= restore_until


def waits_for_its_licence(authorisation: Authorisation, at: dt.datetime) -> bool:
    """Whether what it misses, subscribed to, confirmed or resumed at `at`, would bring it back by
    itself.
    """
    return bool(
        waiting_for_their_licences([authorisation], at) or waiting_for_orders([authorisation], at)
    )


def waiting_for_orders(
    authorisations: Iterable[Authorisation], at: dt.datetime
) -> list[Authorisation]:
    """Those that come back with an order that was made in time, once it is confirmed."""
    off = [each for each in authorisations if each.status == AuthorisationStatus.DEACTIVATED]
    if not off:
        return []
    orders = Subscription.objects.filter(
        tenant__in={each.tenant_id for each in off}, status=Status.REQUESTED
    ).values_list("tenant", "product__code", "requested_at")
    ordered = {(tenant_id, code): requested_at for tenant_id, code, requested_at in orders}
    return [
        each
        for each in off
        if any(
            comes_back(each, ordered_at=ordered[each.tenant_id, code], at=at)
            for code in needed_by(each)
            if (each.tenant_id, code) in ordered
        )
    ]


def waiting_for_their_licences(
    authorisations: Iterable[Authorisation], at: dt.datetime
) -> list[Authorisation]:
    """Those of which that is so, in their order; load them with application and tenant.

    As many queries for many as for one.
    """
    off = [each for each in authorisations if each.status == AuthorisationStatus.DEACTIVATED]
    if not off:
        return []
    tenants = {each.tenant_id: each.tenant for each in off}
    suspended = Suspension.objects.filter(
        subscription__tenant__in=tenants, subscription__status=Status.SUSPENDED, resumed_at=None
    ).values_list("subscription__tenant", "subscription__product__code", "suspended_at")
    since = {(tenant_id, code): suspended_at for tenant_id, code, suspended_at in suspended}
    licensed = {
        key: {each.product_code for each in licences}
        for key, licences in licences_of(tenants.values(), at).items()
    }
    # Of several products any may be the last to return.
    return [
        each
        for each in off
        if any(
            comes_back(each, waiting_since=since.get((each.tenant_id, code)), at=at)
            for code in needed_by(each) - licensed[each.tenant_id] or needed_by(each)
        )
    ]
