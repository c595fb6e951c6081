"""What the return of a licence brings back by itself, and until when. Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subscriptions.applications.availability import needed_by
from subscriptions.applications.lifecycle import is_wider
from subscriptions.applications.models import Authorisation, AuthorisationStatus, Publication
from subscriptions.licences import licences_of
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription, Suspension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from customers.models import Tenant


@dataclass(frozen=True)
class Ordered:
    """One live subscription of a tenant, as it counts for what comes back."""

    tenant_id: int | None
    product_code: str
    waits: bool  # for our confirmation
    requested_at: dt.datetime
    starts_at: dt.datetime | None


def ordered_on(tenants: Iterable[Tenant | int], at: dt.datetime) -> list[Ordered]:
    found = Subscription.objects.live_at(at).filter(tenant__in=tenants)
    rows = found.values_list("tenant", "product__code", "status", "requested_at", "starts_at")
    return [
        Ordered(tenant_id, code, status == Status.REQUESTED, requested_at, starts_at)
        for tenant_id, code, status, requested_at, starts_at in rows
    ]


def last_ordered(authorisation: Authorisation, orders: Iterable[Ordered]) -> dt.datetime | None:
    """When the last of what it needs was ordered, of what had not started when it stopped."""
    needed, closed_at = needed_by(authorisation), authorisation.closed_at
    return max(
        (
            each.requested_at
            for each in orders
            if each.tenant_id == authorisation.tenant_id
            and each.product_code in needed
            and not (each.starts_at and closed_at and each.starts_at < closed_at)
        ),
        default=None,
    )


def comes_back(
    authorisation: Authorisation,
    *,
    ordered_at: dt.datetime | None = None,
    waiting_since: dt.datetime | None = None,
    at: dt.datetime,
) -> bool:
    """Whether a deactivated application needs no new consent when its licence returns at `at`.

    That is not yet whether it works: what `can_do_more` by then is shut out. `ordered_at` is when
    the last of it was ordered, `waiting_since` when it was suspended, if it was.
    """
    closed_at, valid_until = authorisation.closed_at, authorisation.valid_until
    if valid_until is not None and valid_until <= at:
        return False
    never_worked = authorisation.deactivation == Authorisation.Deactivation.LICENCE_MISSING
    if never_worked and waiting_since and closed_at and closed_at >= waiting_since:
        return True
    restore_until = authorisation.restore_until
    return restore_until is not None and min(at, ordered_at or at) <= restore_until


def can_do_more(authorisations: Iterable[Authorisation]) -> frozenset[int]:
    """Ids of those deactivated that can do more by now than their customers agreed to.

    The return of the licence brings none of them back: they need approval again. One query for
    all; load their tenants.
    """
    off = [each for each in authorisations if each.status == AuthorisationStatus.DEACTIVATED]
    if not off:
        return frozenset()
    wanted = Publication.objects.wanted({each.application_id for each in off})
    return frozenset(
        each.pk
        for each in off
        if (found := wanted.get((each.application_id, each.tenant.environment)))
        and is_wider(found.capabilities, each.agreed_capabilities)
    )


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
    """Those that come back once what waits for our confirmation is confirmed.

    All that is missing was ordered then, and nothing that they need was ordered too late.
    """
    off = [each for each in authorisations if each.status == AuthorisationStatus.DEACTIVATED]
    if not off:
        return []
    orders = ordered_on({each.tenant_id for each in off}, at)
    waiting: dict[int, set[str]] = defaultdict(set)
    for order in orders:
        if order.waits and order.tenant_id:
            waiting[order.tenant_id].add(order.product_code)
    concerned = [each for each in off if needed_by(each) & waiting[each.tenant_id]]
    if not concerned:
        return []
    licensed = _licensed_on({each.tenant_id: each.tenant for each in concerned}, at)
    ordered = [
        each
        for each in concerned
        if set() < needed_by(each) - licensed[each.tenant_id] <= waiting[each.tenant_id]
        and comes_back(each, ordered_at=last_ordered(each, orders), at=at)
    ]
    more = can_do_more(ordered)
    return [each for each in ordered if each.pk not in more]


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
    licensed = _licensed_on(tenants, at)
    # Of several products any may be the last to return.
    waiting = [
        each
        for each in off
        if any(
            comes_back(each, waiting_since=since.get((each.tenant_id, code)), at=at)
            for code in needed_by(each) - licensed[each.tenant_id] or needed_by(each)
        )
    ]
    more = can_do_more(waiting)
    return [each for each in waiting if each.pk not in more]


def _licensed_on(tenants: Mapping[int, Tenant], at: dt.datetime) -> dict[int, set[str]]:
    """The codes of the products that each may use at `at`."""
    return {
        key: {each.product_code for each in licences}
        for key, licences in licences_of(tenants.values(), at).items()
    }
