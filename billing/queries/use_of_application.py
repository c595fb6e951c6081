"""What an application used at each tenant, for whoever built it: quantities, and no amounts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max, Q, Sum

from billing.metering.models import ApiCredential, DailyTotal
from billing.queries.days_of_use import Asked
from billing.queries.usage import meter_names
from customers.models import Environment, tenant_label
from subscriptions.applications.models import Credential

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

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
    tenant: str  # with its identity, for names are given twice
    environment: Environment
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
    return frozenset(client for _application_id, client in _clients([application.pk]))


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
    """Of the month, where it uses most first: fifty at most. Three queries.

    Only where it was ever let in or asked for, and only what is counted under a client id of its.
    """
    rows = (
        DailyTotal.objects.used_through(application, clients_of(application), month)
        .order_by()
        .values_list(
            "tenant__organisation__name",
            "tenant__environment",
            "meter__code",
            "tenant",
            "tenant__name",
            "tenant__identifier",
            "tenant__serial_number",
        )
        .annotate(used=Sum("quantity"))
        .filter(used__gt=0)
        .order_by("-used", "tenant__name", "tenant")[:MOST]
    )
    names = meter_names(language)
    return [
        UseAtTenant(
            organisation,
            tenant_label(*identity),
            Environment(environment),
            names.get(meter, meter),
            int(used),
        )
        for organisation, environment, meter, _tenant_id, *identity, used in rows
    ]


def recent_use(authorisations: Collection[Authorisation], on: dt.date) -> list[RecentUse]:
    """What each of them used on its own tenant until `on`, in their order. Two queries.

    Counted under a client id of its, or under its name: what the customer reads of it elsewhere.
    What was counted under a name that two of them have is said of both, for neither is unused.
    """
    said_by = _said_by(authorisations)
    rows = (
        DailyTotal.objects.filter(
            tenant__in={each.tenant_id for each in authorisations},
            application__in=set().union(*said_by.values()),
            meter__unit=CALLS,
            quantity__gt=0,
        )
        .order_by()
        .values_list("tenant", "application")
        .annotate(last=Max("day"), calls=Sum("quantity", filter=Q(day__gt=on - RECENTLY)))
    )
    found = {
        (tenant, said): RecentUse(last_on, int(calls or 0)) for tenant, said, last_on, calls in rows
    }
    return [
        _together(
            found[each.tenant_id, said]
            for said in said_by[each.application_id]
            if (each.tenant_id, said) in found
        )
        for each in authorisations
    ]


def _said_by(authorisations: Collection[Authorisation]) -> Mapping[int, set[str]]:
    """What events of each application may name it, by its id: client ids, and its name."""
    said_by: dict[int, set[str]] = defaultdict(set)
    for each in authorisations:
        said_by[each.application_id].add(each.application.name)
    for application_id, client in _clients(said_by):
        said_by[application_id].add(client)
    return said_by


def _clients(application_ids: Iterable[int]) -> Iterable[tuple[int, str]]:
    """The ids of applications with what their events may say, in one query."""
    theirs = {"application__in": list(application_ids)}
    own = Credential.objects.filter(**theirs).order_by()
    keys = ApiCredential.objects.filter(**theirs).order_by()
    return own.values_list("application", "client_id").union(
        keys.values_list("application", "reference")
    )


def _together(uses: Iterable[RecentUse]) -> RecentUse:
    uses = list(uses)
    days = [each.last_on for each in uses if each.last_on]
    return RecentUse(max(days, default=None), sum(each.calls for each in uses))
