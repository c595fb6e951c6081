"""May this product be ordered here, now? Loads the facts; the rules are the catalogue's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.eligibility import Holdings, Refusal, TenantFacts, why_not
from customers.models import TenantState
from subscriptions.licences import products_of
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from catalog.models import ProductVersion
    from customers.models import Organisation, Tenant

__all__ = ["Refusal", "refusals"]


def refusals(
    version: ProductVersion,
    *,
    organisation: Organisation,
    tenant: Tenant | None,
    at: dt.datetime,
    without: Subscription | None = None,
) -> list[Refusal]:
    """Why the product cannot be ordered for `tenant` (or the organisation); empty when it can.

    `without` is left out of what they have already: the order that is being confirmed.
    """
    subscribed = Subscription.objects.live_at(at).of(organisation).filter(tenant=tenant)
    if without:
        subscribed = subscribed.exclude(pk=without.pk)
    return why_not(
        version.facts,
        facts_of(tenant) if tenant else None,
        Holdings(
            subscribed=frozenset(subscribed.values_list("product__code", flat=True)),
            licensed=products_of(tenant, at) if tenant else frozenset(),
            deployments=deployments_of(organisation.tenants.all()),
        ),
    )


def deployments_of(tenants: Iterable[Tenant]) -> frozenset[str]:
    """Of those that a licence of their whole organisation serves."""
    return frozenset(str(tenant.deployment) for tenant in tenants if tenant.is_in_production)


def facts_of(tenant: Tenant) -> TenantFacts:
    return TenantFacts(
        deployment=tenant.deployment,
        environment=tenant.environment,
        kind=tenant.kind,
        crm_version=tenant.crm_version_parts,
        is_running=tenant.is_running,
        state=TenantState(tenant.state).name.lower(),
        crm_suite_plan=tenant.crm_suite_plan or None,
    )
