"""Tenants where something was used: why it is charged there or free, and for how many users."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Sum
from msgspec import Struct

from billing.metering.models import UsageClass
from billing.usage import Free
from customers.bulk import any_of
from customers.models import (
    History,
    Tenant,
    TenantKind,
    TenantState,
    TenantUserPlan,
    tenant_label,
)
from subscriptions.metered import is_free_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

type Changes = tuple[tuple[dt.datetime, int], ...]
type KnownUsers = tuple[int, Changes]  # how many now, and what each change found, oldest first

USERS_CHANGED = "tenant.user_plans_changed"


class Place(Struct, frozen=True):
    """A tenant where something was used, as it is now."""

    organisation_id: int
    kind: str
    environment: str
    label: str


class Lifetime(Struct, frozen=True):
    created_at: dt.datetime
    deleted_at: dt.datetime | None

    def overlaps(self, begins_at: dt.datetime, ends_at: dt.datetime) -> bool:
        return self.created_at < ends_at and not (self.deleted_at and self.deleted_at <= begins_at)


def free_because(
    place: Place | Tenant, usage_class: str, *, otherwise: Free | None = None
) -> Free | None:
    """Why use there costs nothing; None when it is charged. `otherwise` is why its meter does."""
    if usage_class == UsageClass.INCLUDED_APPS:
        return Free.INCLUDED_APPLICATION
    if place.kind == TenantKind.SANDBOX:
        return Free.SANDBOX
    if is_free_at(place.kind, place.environment):
        return Free.DEVELOPMENT
    return otherwise


def places_of(organisation_ids: Iterable[int]) -> dict[int, Place]:
    """All their tenants, by id."""
    tenants = Tenant.objects.filter(any_of("organisation", organisation_ids)).order_by()
    return {
        pk: Place(organisation_id, kind, environment, tenant_label(*names))
        for pk, organisation_id, kind, environment, *names in tenants.values_list(
            "pk",
            "organisation_id",
            "kind",
            "environment",
            "name",
            "identifier",
            "serial_number",
        )
    }


def charged_tenants_of(
    places: Mapping[int, Place], organisation_ids: Collection[int]
) -> dict[int, tuple[int, ...]]:
    """By organisation id, the tenants whose use is charged, whether they used anything or not."""
    found: dict[int, list[int]] = defaultdict(list)
    for pk, place in places.items():
        if place.organisation_id in organisation_ids and not free_because(place, ""):
            found[place.organisation_id].append(pk)
    return {organisation_id: tuple(together) for organisation_id, together in found.items()}


def lifetimes_of(charged_tenants: Mapping[int, tuple[int, ...]]) -> dict[int, Lifetime]:
    """By tenant id, of those that share what is included with others, as few do."""
    sharing = [pk for together in charged_tenants.values() if len(together) > 1 for pk in together]
    if not sharing:
        return {}
    rows = Tenant.objects.filter(any_of("pk", sharing)).order_by()
    return {
        pk: Lifetime(created_at, changed_at if state == TenantState.DELETED else None)
        for pk, created_at, state, changed_at in rows.values_list(
            "pk", "created_at", "state", "state_changed_at"
        )
    }


def users_of(tenant_ids: Collection[int]) -> dict[int, KnownUsers]:
    """By tenant id. Two queries."""
    changes: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    found = History.objects.filter(any_of("tenant", tenant_ids), verb=USERS_CHANGED)
    for tenant_id, at, details in found.order_by("at").values_list("tenant_id", "at", "details"):
        changes[tenant_id].append((at, sum(details["from"].values())))
    plans = TenantUserPlan.objects.filter(any_of("tenant", tenant_ids)).order_by()
    now = dict(plans.values_list("tenant").annotate(Sum("users")))
    return {pk: (now.get(pk, 0), tuple(changes.get(pk, ()))) for pk in tenant_ids}


def users_before(known: KnownUsers, instant: dt.datetime) -> int:
    """How many there were just before `instant`: what the first change since then found."""
    now, changes = known
    return next((before for at, before in changes if at >= instant), now)
