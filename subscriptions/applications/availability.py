"""Whether an application may be used on a tenant at an instant.

Consent (an ACTIVE authorisation) is one half; the licence it needs at that very instant is the
other. The second half is derived from times, so an application stops at the end of a
subscription even before the job that writes it down has run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from catalog.eligibility import Deployment, Scenario, development_tools_needed
from customers.models import Environment
from subscriptions.applications.models import ApplicationKind, AuthorisationStatus
from subscriptions.licences import licences_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant
    from subscriptions.applications.models import Application, Authorisation
    from subscriptions.licences import Licence

DEVELOPMENT_TOOLS = "development-tools"

SCENARIOS = {
    ApplicationKind.CUSTOM: Scenario.ACTIVATE_CUSTOM_APPLICATION,
    ApplicationKind.STANDARD: Scenario.PUBLISH_STANDARD_APPLICATION,
}


class Obstacle(StrEnum):
    """Why an application is not available, the first that applies."""

    NOT_AUTHORISED = "not_authorised"
    LICENCE_MISSING = "licence_missing"
    TENANT_NOT_RUNNING = "tenant_not_running"


@dataclass(frozen=True)
class Availability:
    obstacle: Obstacle | None
    until: dt.datetime | None = None  # when the licence it lives on is known to end

    @property
    def available(self) -> bool:
        return self.obstacle is None


def needs_development_tools(application: Application, tenant: Tenant) -> bool:
    """The seed's table: custom always, standard only on-premise; never on a free SOD tenant."""
    return tenant.environment != Environment.SOD and development_tools_needed(
        SCENARIOS[ApplicationKind(application.kind)], Deployment(tenant.deployment)
    )


def availability(authorisation: Authorisation, at: dt.datetime) -> Availability:
    return availabilities([authorisation], at)[authorisation.pk]


def availabilities(
    authorisations: Iterable[Authorisation], at: dt.datetime
) -> dict[int, Availability]:
    """By authorisation id; application and tenant must be loaded. Constant number of queries."""
    authorisations = list(authorisations)
    tenants = {a.tenant_id: a.tenant for a in authorisations}
    licences = licences_of(tenants.values(), at)
    return {a.pk: _judge(a, licences[a.tenant_id]) for a in authorisations}


def _judge(authorisation: Authorisation, licences: tuple[Licence, ...]) -> Availability:
    if authorisation.status != AuthorisationStatus.ACTIVE:
        return Availability(Obstacle.NOT_AUTHORISED)
    until = None
    if needs_development_tools(authorisation.application, authorisation.tenant):
        fitting = [licence for licence in licences if licence.product_code == DEVELOPMENT_TOOLS]
        if not fitting:
            return Availability(Obstacle.LICENCE_MISSING)
        ends = [licence.until for licence in fitting]
        until = None if None in ends else max(end for end in ends if end)
    if not authorisation.tenant.is_running:
        return Availability(Obstacle.TENANT_NOT_RUNNING)
    return Availability(None, until)
