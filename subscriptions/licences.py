"""What tenants may use at an instant, for pages and operations: rows in, licences out.

Derived from times alone; no job has to have run. The rule itself is `entitlements.py`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from catalog.models import ProductVersion
from subscriptions.entitlement_facts import contents_of
from subscriptions.entitlements import (
    Held,
    Licence,
    Place,
    Source,
    Term,
    capabilities_at,
    licences_at,
)
from subscriptions.models import Subscription, Suspension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant
    from subscriptions.entitlements import Capability


def term_of(subscription: Subscription, suspensions: Iterable[Suspension]) -> Term:
    return Term(
        subscription.starts_at,
        subscription.ends_at,
        tuple((pause.suspended_at, pause.resumed_at) for pause in suspensions),
    )


def place_of(tenant: Tenant, user_plans: tuple[str, ...] = ()) -> Place:
    return Place(
        deployment=tenant.deployment,
        environment=tenant.environment,
        crm_version=tenant.crm_version_parts,
        crm_suite_plan=tenant.crm_suite_plan,
        is_running=tenant.is_running,
        is_gone=tenant.is_gone,
        user_plans=user_plans,
    )


def licences_of(tenants: Iterable[Tenant], at: dt.datetime) -> dict[int, tuple[Licence, ...]]:
    """Every licence of each tenant at `at`, keyed by tenant id, in a constant number of queries."""
    tenants = list(tenants)
    by_tenant, by_organisation = _held(tenants, at)
    current = contents_of(ProductVersion.objects.current().values_list("pk", flat=True))
    return {
        tenant.pk: licences_at(
            place_of(tenant),
            [*by_tenant[tenant.pk], *by_organisation[tenant.organisation_id]],
            current,
            at,
        )
        for tenant in tenants
    }


def capabilities_of(tenant: Tenant, licences: Iterable[Licence]) -> tuple[Capability, ...]:
    """What those licences let people do there now; load the tenant with its user plans."""
    plans = tuple(sorted(each.plan for each in tenant.user_plans.all() if each.users))
    return capabilities_at(place_of(tenant, plans), licences)


def capabilities_given(version: ProductVersion, tenant: Tenant) -> tuple[Capability, ...]:
    """The same, as a subscription to this very version gives them there while it runs."""
    [content] = contents_of([version.pk])
    return capabilities_of(tenant, [Licence(content, Source.SUBSCRIPTION)])


def products_of(tenant: Tenant, at: dt.datetime) -> frozenset[str]:
    """The codes of the products that `tenant` may use at `at`."""
    return frozenset(licence.product_code for licence in licences_of([tenant], at)[tenant.pk])


def kept_without_subscription(tenant: Tenant, at: dt.datetime) -> frozenset[str]:
    """The codes of the products that `tenant` may use at `at` whatever subscription ends."""
    return frozenset(
        licence.product_code
        for licence in licences_of([tenant], at)[tenant.pk]
        if licence.source is not Source.SUBSCRIPTION
    )


def is_subscribed(tenant: Tenant, product_code: str, *, at: dt.datetime) -> bool:
    """Whether a subscription, of the tenant or of its organisation, gives the product at `at`."""
    return any(
        licence.product_code == product_code and licence.source is Source.SUBSCRIPTION
        for licence in licences_of([tenant], at)[tenant.pk]
    )


def _held(
    tenants: list[Tenant], at: dt.datetime
) -> tuple[dict[int, list[Held]], dict[int, list[Held]]]:
    by_tenant: dict[int, list[Held]] = defaultdict(list)
    by_organisation: dict[int, list[Held]] = defaultdict(list)
    found = list(
        Subscription.objects.in_force_at(at)
        .serving_any(tenants)
        .order_by("pk")
        .prefetch_related("suspensions")
    )
    contents = contents_of(each.product_version_id for each in found)
    for each, content in zip(found, contents, strict=True):
        held = Held(each.pk, content, term_of(each, each.suspensions.all()))
        if each.tenant_id:
            by_tenant[each.tenant_id].append(held)
        else:
            by_organisation[each.organisation_id].append(held)
    return by_tenant, by_organisation
