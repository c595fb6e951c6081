"""Whether an application may be used on a tenant at an instant, for pages and operations.

Consent (an ACTIVE authorisation that has not expired) is one half; the licence it needs at that
very instant is the other. Ends of both are derived from times, so an application stops at the
end of a subscription, or of the time it was let in for, even before the job that writes it down
has run. The rule is `judge` in
`subscriptions/entitlements.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.prepared import fetch_prepared
from subscriptions import entitlement_facts
from subscriptions.applications.lifecycle import Action, AuthorisationStatus, allows
from subscriptions.entitlements import (
    DEVELOPMENT_TOOLS,
    Availability,
    Consent,
    Obstacle,
    Verdict,
    judge,
    licences_at,
    needs_tools,
    verdict,
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
    "status_at",
    "verdict_on",
]

_FACTS = entitlement_facts.statement(
    named=entitlement_facts.BY_ID, application=entitlement_facts.ASKED_ABOUT
)


def needs_development_tools(application: Application, tenant: Tenant) -> bool:
    return needs_tools(application.kind, tenant.deployment, tenant.environment)


def consent_of(authorisation: Authorisation) -> Consent:
    application = authorisation.application
    return Consent(
        application.pk,
        application.kind,
        authorisation.status,
        authorisation.deactivation,
        authorisation.valid_until,
    )


def status_at(authorisation: Authorisation, at: dt.datetime) -> AuthorisationStatus:
    """The status, or EXPIRED when the time it was given for is over."""
    status = AuthorisationStatus(authorisation.status)
    valid_until = authorisation.valid_until
    if valid_until and valid_until <= at and allows(status, Action.EXPIRE):
        return AuthorisationStatus.EXPIRED
    return status


def verdict_on(authorisation: Authorisation, at: dt.datetime) -> Verdict:
    """Its availability in the platform's words, judged by what is written down now.

    For tokens, which ask at every request: read in one statement, as the entitlement API does.
    """
    params = {
        "tenant": authorisation.tenant_id,
        "application": authorisation.application_id,
        "at": at,
    }
    [(found,)] = fetch_prepared(_FACTS, params)
    facts = entitlement_facts.read(found)
    assert facts.application, "the statement asks for it"
    licences = licences_at(facts.place, facts.held_there(), facts.sold_today(), at)
    return verdict(facts.application, facts.place, licences, at)


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
        a.pk: judge(consent_of(a), place_of(a.tenant), licences[a.tenant_id], at)
        for a in authorisations
    }
