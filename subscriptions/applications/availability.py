"""Whether an application may be used on a tenant at an instant, for pages and operations.

Consent (an ACTIVE authorisation) is one half; the licence it needs at that very instant is the
other. The second half is derived from times, so an application stops at the end of a
subscription even before the job that writes it down has run. The rule is `judge` in
`subscriptions/entitlements.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions.entitlements import (
    DEVELOPMENT_TOOLS,
    Availability,
    Consent,
    Obstacle,
    judge,
    needs_tools,
)
from subscriptions.licences import licences_of, place_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant
    from subscriptions.applications.models import Application, Authorisation

__all__ = [
    "DEVELOPMENT_TOOLS",
    "Availability",
    "Obstacle",
    "availabilities",
    "availability",
    "needs_development_tools",
]


def needs_development_tools(application: Application, tenant: Tenant) -> bool:
    return needs_tools(application.kind, tenant.deployment, tenant.environment)


def consent_of(authorisation: Authorisation) -> Consent:
    application = authorisation.application
    return Consent(
        application.pk, application.kind, authorisation.status, authorisation.deactivation
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
    return {
        a.pk: judge(consent_of(a), place_of(a.tenant), licences[a.tenant_id])
        for a in authorisations
    }
