"""What may be used on a tenant, right at the instant: capabilities, and one application.

Read by the platform at every sign-in and call, so it passes by everything that a page needs and
ends in one statement (`billing/metering/asking.py`) and pure rules
(`subscriptions/entitlements.py`, `subscriptions/applications/verdicts.py`). See
docs/entitlements.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from customers.policies import Policy
from customers.policy_queries import remembered
from portal.api.answers import Standing, standing
from portal.api.doors import asking_view
from subscriptions.applications.verdicts import Verdict, verdict
from subscriptions.entitlements import Capability, capabilities_at, changes_at, licences_at

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from subscriptions.entitlement_facts import Facts


class TenantNamed(msgspec.Struct):
    id: int
    identifier: str
    environment: str


class TenantEntitlements(Standing):
    """What is not named may not be used."""

    tenant: TenantNamed
    capabilities: tuple[Capability, ...]


class ApplicationEntitlement(Standing):
    tenant: TenantNamed
    application: int
    entitlement: Verdict


@asking_view
def tenant_entitlements(request: HttpRequest, facts: Facts, at: dt.datetime) -> HttpResponse:
    """`GET /api/v1/tenants/{tenant_id}/entitlements`."""
    place, held = facts.place, facts.held_there()
    licences = licences_at(place, held, facts.sold_today(), at)
    said = TenantEntitlements(tenant=name_of(facts), capabilities=capabilities_at(place, licences))
    let_in_until = facts.application.valid_until if facts.application else None
    changes = changes_at(held, at, let_in_until)
    return standing(request, said, at=at, until=holds_until(at, changes))


@asking_view
def application_entitlement(request: HttpRequest, facts: Facts, at: dt.datetime) -> HttpResponse:
    """`GET /api/v1/tenants/{tenant_id}/applications/{application_id}`."""
    place, held, consent = facts.place, facts.held_there(), facts.application
    assert consent, "the statement asks for it"
    licences = licences_at(place, held, facts.sold_today(), at)
    said = ApplicationEntitlement(
        tenant=name_of(facts),
        application=consent.id,
        entitlement=verdict(consent, place, licences, at),
    )
    changes = changes_at(held, at, consent.valid_until)
    return standing(request, said, at=at, until=holds_until(at, changes))


def name_of(facts: Facts) -> TenantNamed:
    return TenantNamed(facts.id, facts.identifier, facts.environment)


def holds_until(at: dt.datetime, changes: dt.datetime | None) -> dt.datetime:
    """Who asks may rely on the answer for so long: to the next known change, and not for ever."""
    latest = at + remembered(Policy.ENTITLEMENTS_STAND)
    return min(changes, latest) if changes else latest
