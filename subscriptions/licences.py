"""What a tenant may use at an instant. Derived from times alone; no job has to have run.

A licence comes from a subscription in force (its own, or its organisation's), or from the
CRM Suite plan that includes the product (D2.8).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.models import ProductVersion
from subscriptions.models import Subscription, Suspension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant


@dataclass(frozen=True)
class Term:
    """The times of one subscription; `paused` holds its suspensions as half-open periods."""

    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    paused: tuple[tuple[dt.datetime, dt.datetime | None], ...] = ()

    def in_force(self, at: dt.datetime) -> bool:
        """Started and not over: at the very instant of `ends_at` it is over."""
        if self.starts_at is None or at < self.starts_at:
            return False
        return self.ends_at is None or at < self.ends_at

    def gives_access(self, at: dt.datetime) -> bool:
        paused = any(start <= at and (end is None or at < end) for start, end in self.paused)
        return self.in_force(at) and not paused

    def stands_until(self, at: dt.datetime) -> dt.datetime | None:
        """The next known instant after `at` at which the answer may change, or None."""
        instants = [self.starts_at, self.ends_at, *(i for pause in self.paused for i in pause)]
        return min((i for i in instants if i is not None and i > at), default=None)


@dataclass(frozen=True)
class Licence:
    """The right to use a product's capabilities on a tenant."""

    product_code: str
    capabilities: frozenset[str]
    since: dt.datetime | None  # None when a plan gives it
    until: dt.datetime | None  # None while nobody has cancelled
    subscription_id: int | None
    plan: str = ""


def term_of(subscription: Subscription, suspensions: Iterable[Suspension]) -> Term:
    return Term(
        subscription.starts_at,
        subscription.ends_at,
        tuple((pause.suspended_at, pause.resumed_at) for pause in suspensions),
    )


def licences_of(tenants: Iterable[Tenant], at: dt.datetime) -> dict[int, tuple[Licence, ...]]:
    """Every licence of each tenant at `at`, keyed by tenant id, in a constant number of queries."""
    tenants = list(tenants)
    versions = list(ProductVersion.objects.current())
    by_tenant, by_organisation = _subscription_licences(tenants, at)
    return {
        tenant.pk: (
            *by_tenant[tenant.pk],
            *by_organisation[tenant.organisation_id],
            *_plan_licences(tenant, versions),
        )
        for tenant in tenants
    }


def products_of(tenant: Tenant, at: dt.datetime) -> frozenset[str]:
    """The codes of the products that `tenant` may use at `at`."""
    return frozenset(licence.product_code for licence in licences_of([tenant], at)[tenant.pk])


def _subscription_licences(
    tenants: list[Tenant], at: dt.datetime
) -> tuple[dict[int, list[Licence]], dict[int, list[Licence]]]:
    by_tenant: dict[int, list[Licence]] = defaultdict(list)
    by_organisation: dict[int, list[Licence]] = defaultdict(list)
    in_force = (
        Subscription.objects.in_force_at(at)
        .serving_any(tenants)
        .with_names()
        .prefetch_related("suspensions")
    )
    for subscription in in_force:
        if not term_of(subscription, subscription.suspensions.all()).gives_access(at):
            continue
        licence = Licence(
            product_code=subscription.product.code,
            capabilities=frozenset(subscription.product_version.capabilities),
            since=subscription.starts_at,
            until=subscription.ends_at,
            subscription_id=subscription.pk,
        )
        if subscription.tenant_id:
            by_tenant[subscription.tenant_id].append(licence)
        else:
            by_organisation[subscription.organisation_id].append(licence)
    return by_tenant, by_organisation


def _plan_licences(tenant: Tenant, versions: Iterable[ProductVersion]) -> list[Licence]:
    return [
        Licence(
            product_code=version.product.code,
            capabilities=frozenset(version.capabilities),
            since=None,
            until=None,
            subscription_id=None,
            plan=tenant.crm_suite_plan,
        )
        for version in versions
        if tenant.crm_suite_plan and tenant.crm_suite_plan in version.included_in_plans
    ]
