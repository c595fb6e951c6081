"""What an application used at each tenant, for whoever built it: quantities, and no amounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max, Q, Sum

from billing.metering.models import DailyTotal
from billing.queries.usage import meter_names
from subscriptions.applications.models import Credential

if TYPE_CHECKING:
    from collections.abc import Collection

    from subscriptions.applications.models import Application, Authorisation
    from subscriptions.periods import Month

MOST = 50
CALLS = "calls"  # the unit of meters that count requests
RECENTLY = dt.timedelta(days=30)


@dataclass(frozen=True)
class RecentUse:
    """Of an application on a tenant; `last_on` is the last day with a request, if there was one."""

    last_on: dt.date | None
    calls: int  # within the last 30 days


@dataclass(frozen=True)
class UseAtTenant:
    organisation: str
    tenant: str
    meter: str
    quantity: int


def use_by_tenant(application: Application, month: Month, language: str) -> list[UseAtTenant]:
    """Of the month, where it uses most first: fifty at most. Three queries.

    Only where it was ever let in or asked for, and only what is counted under a client id of its.
    """
    clients = list(application.credentials.values_list("client_id", flat=True))
    rows = (
        DailyTotal.objects.filter(
            tenant__in=application.authorisations.values("tenant"),
            day__gte=month.first_day,
            day__lt=month.next.first_day,
            application__in=clients,
        )
        .order_by()
        .values_list("tenant__organisation__name", "tenant__name", "meter__code")
        .annotate(used=Sum("quantity"))
        .filter(used__gt=0)
        .order_by("-used", "tenant__name")
    )
    names = meter_names(language)
    return [
        UseAtTenant(organisation, tenant, names.get(meter, meter), int(used))
        for organisation, tenant, meter, used in rows[:MOST]
    ]


def recent_use(authorisations: Collection[Authorisation], on: dt.date) -> list[RecentUse]:
    """What each of them used on its own tenant until `on`, in their order. Two queries.

    Counted under a client id of its, or under its name: what the customer reads of it elsewhere.
    """
    clients: dict[str, int] = {
        each.application.name: each.application_id for each in authorisations
    } | dict(
        Credential.objects.filter(
            application__in={each.application_id for each in authorisations}
        ).values_list("client_id", "application")
    )
    rows = (
        DailyTotal.objects.filter(
            tenant__in={each.tenant_id for each in authorisations},
            application__in=clients,
            meter__unit=CALLS,
            quantity__gt=0,
        )
        .order_by()
        .values_list("tenant", "application")
        .annotate(last=Max("day"), calls=Sum("quantity", filter=Q(day__gt=on - RECENTLY)))
    )
    found: dict[tuple[int, int], RecentUse] = {}
    for tenant, client, last_on, calls in rows:
        key = (tenant, clients[client])
        before = found.get(key, RecentUse(last_on, 0))
        days = (each for each in (before.last_on, last_on) if each)
        found[key] = RecentUse(max(days), before.calls + int(calls or 0))
    return [
        found.get((each.tenant_id, each.application_id), RecentUse(None, 0))
        for each in authorisations
    ]
