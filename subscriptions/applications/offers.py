"""What pages read of applications on offer: what they ask for, and where they can be let in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers.models import Environment, Tenant, TenantState
from subscriptions.applications.availability import status_at
from subscriptions.applications.fits import Fit, fit
from subscriptions.applications.models import (
    Application,
    ApplicationVersion,
    Authorisation,
    Publication,
)
from subscriptions.licences import licences_of, place_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Organisation
    from customers.querysets import TenantQuerySet
    from subscriptions.applications.querysets import ApplicationQuerySet


@dataclass(frozen=True)
class Spot:
    """A tenant, whether the application can be let in there, and what was agreed there before."""

    tenant: Tenant
    fit: Fit
    version: ApplicationVersion | None  # published in the tenant's environment
    authorisation: Authorisation | None


@dataclass(frozen=True)
class Offer:
    """An application on offer: its version in production, and how it stands with tenants."""

    application: Application
    version: ApplicationVersion
    spots: tuple[Spot, ...]


def applications_on_offer(text: str = "") -> ApplicationQuerySet:
    """To everybody alike, by name; all, or those in which `text` is found."""
    found = Application.objects.on_offer().telling_of(text).select_related("owner")
    return found.order_by("name", "pk")


def is_on_offer(application: Application) -> bool:
    return Application.objects.on_offer().filter(pk=application.pk).exists()


def tenants_to_let_in(organisation: Organisation) -> TenantQuerySet:
    """Its own, whatever stands in the way there, by name; not those that are gone."""
    found = Tenant.objects.of(organisation).exclude(state=TenantState.DELETED)
    return found.select_related("organisation").order_by("name", "pk")


def offers(
    applications: Iterable[Application], tenants: Iterable[Tenant], at: dt.datetime
) -> list[Offer]:
    """Each with every tenant, in their order; as many queries for many as for one."""
    applications, tenants = list(applications), list(tenants)
    versions = _published(applications)
    before = _authorisations(applications, tenants)
    licensed = {
        key: frozenset(each.product_code for each in licences)
        for key, licences in licences_of(tenants, at).items()
    }
    return [
        Offer(
            application,
            versions[application.pk][Environment.PRODUCTION],
            tuple(
                _spot(
                    tenant,
                    versions[application.pk].get(tenant.environment),
                    before.get((application.pk, tenant.pk)),
                    licensed[tenant.pk],
                    at,
                )
                for tenant in tenants
            ),
        )
        for application in applications
        if Environment.PRODUCTION in versions[application.pk]  # not withdrawn between two queries
    ]


def _spot(
    tenant: Tenant,
    version: ApplicationVersion | None,
    before: Authorisation | None,
    licensed: frozenset[str],
    at: dt.datetime,
) -> Spot:
    found = fit(
        version.deployments if version else None,
        place_of(tenant),
        status=status_at(before, at) if before else None,
        licensed=licensed,
    )
    return Spot(tenant, found, version, before)


def _published(applications: list[Application]) -> dict[int, dict[str, ApplicationVersion]]:
    """By application, then by environment."""
    found = Publication.objects.published().filter(application__in=applications)
    versions: dict[int, dict[str, ApplicationVersion]] = defaultdict(dict)
    for publication in found.select_related("version__application"):
        versions[publication.application_id][publication.environment] = publication.version
    return versions


def _authorisations(
    applications: list[Application], tenants: list[Tenant]
) -> dict[tuple[int, int], Authorisation]:
    found = Authorisation.objects.filter(application__in=applications, tenant__in=tenants)
    return {(each.application_id, each.tenant_id): each for each in found}
