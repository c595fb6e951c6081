"""Whether an application may be used on a tenant at an instant, for pages and operations.

Consent (an ACTIVE authorisation that has not expired) is one half; the licence it needs at that
very instant is the other. Ends of both are derived from times, so an application stops at the
end of a subscription, or of the time it was let in for, even before the job that writes it down
has run. The rule is `judge` in `verdicts.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.prepared import fetch_prepared
from subscriptions import entitlement_facts
from subscriptions.applications.lifecycle import Action, AuthorisationStatus, allows
from subscriptions.applications.verdicts import (
    Availability,
    Consent,
    Verdict,
    judge,
    products_needed,
    verdict,
)
from subscriptions.entitlements import DATABASE_MIRRORING, DEVELOPMENT_TOOLS, licences_at
from subscriptions.licences import licences_of, place_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from subscriptions.applications.models import Authorisation

_FACTS = entitlement_facts.statement(
    named=entitlement_facts.BY_ID, application=entitlement_facts.ASKED_ABOUT
)


# The products without which some application does not work: Development Tools first, for what
# needs any of the others needs that too.
FOR_APPLICATIONS = (DEVELOPMENT_TOOLS, DATABASE_MIRRORING)


def needed_by(
    authorisation: Authorisation, capabilities: Collection[str] | None = None
) -> frozenset[str]:
    """The codes of the products it needs a licence of; application and tenant must be loaded.

    With what the customer agreed to, or with these `capabilities`.
    """
    agreed = authorisation.agreed_capabilities if capabilities is None else capabilities
    tenant = authorisation.tenant
    kind = authorisation.application.kind
    return products_needed(kind, tenant.deployment, tenant.environment, agreed)


def consent_of(authorisation: Authorisation) -> Consent:
    application = authorisation.application
    return Consent(
        application.pk,
        application.kind,
        authorisation.status,
        authorisation.deactivation,
        authorisation.valid_until,
        tuple(authorisation.agreed_capabilities),
        application.is_blocked,
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
