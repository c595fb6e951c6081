"""What an application used at each tenant, for whoever built it: quantities, and no amounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max, Q, Sum

from billing.metering.models import ApiCredential, DailyTotal
from billing.queries.days_of_use import Asked
from billing.queries.usage import meter_names
from customers.models import tenant_label
from subscriptions.applications.models import Credential

if TYPE_CHECKING:
    from collections.abc import Collection

    from billing.metering.querysets import DailyTotalQuerySet
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


@dataclass(frozen=True, kw_only=True)
class AskedByMaker(Asked):
    """What one application used, for the organisation that built it."""

    application: Application
    clients: frozenset[str]

    @property
    def of_month(self) -> DailyTotalQuerySet:
        return DailyTotal.objects.used_through(self.application, self.clients, self.month)


def asked_by_maker(application: Application, month: Month) -> AskedByMaker:
    """All its use of the month. Prices are those of its customers, and not asked for."""
    return AskedByMaker(
        organisation=application.owner,
        month=month,
        meters={},
        application=application,
        clients=clients_of(application),
    )


def clients_of(application: Application) -> frozenset[str]:
    """The client ids that its events say, of its own and with keys that staff made."""
    keys = ApiCredential.objects.filter(application=application)
    own = application.credentials.order_by()
    return frozenset(own.values_list("client_id", flat=True)) | frozenset(
        keys.order_by().values_list("reference", flat=True)
    )


def tenants_of(application: Application) -> dict[int, str]:
    """Where it was ever let in or asked for, by id with what they are called."""
    found = application.authorisations.order_by("tenant__name", "pk").values_list(
        "tenant", "tenant__name", "tenant__identifier", "tenant__serial_number"
    )
    return {pk: tenant_label(*names) for pk, *names in found}


def customers_of(application: Application, tenant_ids: Collection[int]) -> dict[int, str]:
    """Whose those of its tenants are."""
    found = application.authorisations.filter(tenant__in=tenant_ids).order_by()
    return dict(found.values_list("tenant", "tenant__organisation__name"))


def use_by_tenant(application: Application, month: Month, language: str) -> list[UseAtTenant]:
    """Of the month, where it uses most first: fifty at most. Four queries.

    Only where it was ever let in or asked for, and only what is counted under a client id of its.
    """
    rows = (
        DailyTotal.objects.used_through(application, clients_of(application), month)
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
