"""What each tenant should have on the platform at an instant, from times alone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from subscriptions.applications.availability import availabilities
from subscriptions.applications.models import Authorisation, AuthorisationStatus, Credential
from subscriptions.entitlements import latest_end
from subscriptions.licences import licences_of
from subscriptions.provisioning.counted import Counted, licences_that_came_with

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from customers.models import Tenant
    from subscriptions.entitlements import Licence

type Value = dict[str, Any]  # JSON, as the platform gets it
type Holdings = dict[str, Value]  # by subject: "licence:scim", "application:12", "settings"

SETTINGS = "settings"


def wanted_by(tenants: Iterable[Tenant], at: dt.datetime) -> dict[int, Holdings]:
    """By tenant id; organisations must be loaded. Constant number of queries."""
    tenants = list(tenants)
    wanted: dict[int, Holdings] = defaultdict(dict)
    licences, came_with = licences_of(tenants, at), licences_that_came_with(tenants, at)
    theirs = {pk: (*of_tenant, *came_with.get(pk, ())) for pk, of_tenant in licences.items()}
    counted = Counted.of((licence for of_one in theirs.values() for licence in of_one), at)
    for tenant in tenants:
        wanted[tenant.pk][SETTINGS] = _settings(tenant)
        wanted[tenant.pk] |= _licences(tenant, theirs[tenant.pk], counted)
    for tenant_id, subject, value in _applications(tenants, at):
        wanted[tenant_id][subject] = value
    return wanted


def instant(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None


def _settings(tenant: Tenant) -> Value:
    return {
        "name": tenant.name,
        "kind": tenant.kind,
        "commercial_model": tenant.commercial_model,
        "crm_suite_plan": tenant.crm_suite_plan or None,
        "customer_number": tenant.organisation.customer_number,
    }


def _licences(tenant: Tenant, licences: Iterable[Licence], counted: Counted) -> Holdings:
    """One for each product: of two that give the same, all capabilities and the later end."""
    by_product: dict[str, list[Licence]] = defaultdict(list)
    for licence in licences:
        by_product[licence.product_code].append(licence)
    return {
        f"licence:{code}": {
            "product": code,
            "capabilities": sorted({c for licence in same for c in licence.capabilities}),
            "until": instant(latest_end(same)),
            **counted.on(tenant, same),
        }
        for code, same in by_product.items()
    }


def _applications(tenants: list[Tenant], at: dt.datetime) -> Iterable[tuple[int, str, Value]]:
    by_id = {tenant.pk: tenant for tenant in tenants}
    active = list(
        Authorisation.objects.filter(tenant__in=by_id, status=AuthorisationStatus.ACTIVE)
        .select_related("application")
        .order_by("pk")
    )
    for each in active:
        each.tenant = by_id[each.tenant_id]
    found = availabilities(active, at)
    available = [each for each in active if found[each.pk].available]
    clients = _clients({each.application_id for each in available})
    for each in available:
        application = each.application
        value = {
            "application": application.pk,
            "name": application.name,
            "kind": application.kind,
            "until": instant(found[each.pk].until),
            **clients.get((application.pk, each.tenant.environment), {}),
        }
        yield each.tenant_id, f"application:{application.pk}", value


def _clients(applications: Collection[int]) -> dict[tuple[int, str], Value]:
    """By application and environment: what it identifies itself with, while that is good, and
    where those may be sent back to whom it lets sign in.
    """
    if not applications:
        return {}
    live = Credential.objects.filter(application__in=applications, revoked_at=None)
    found: dict[tuple[int, str], Value] = {}
    for each in live.select_related("client"):
        value: Value = {"client_id": each.client_id}
        if redirect_uris := each.client.get_redirect_uris():
            value["redirect_uris"] = redirect_uris
        found[each.application_id, each.environment] = value
    return found
