"""What a CRM Suite plan includes, and which one a tenant has: applications follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from catalog.models import ProductVersion
from customers.actors import SCHEDULE
from customers.models import Deployment, Environment, Tenant, TenantState
from customers.operations import tenants
from customers.turns import each_alone
from subscriptions.applications.availability import DEVELOPMENT_TOOLS
from subscriptions.applications.deactivation import deactivate_unlicensed, restore_licensed
from subscriptions.applications.letters import write_to_approvers
from subscriptions.applications.lifecycle import AuthorisationStatus
from subscriptions.applications.models import ApplicationKind, Authorisation
from subscriptions.lifecycle import Status
from subscriptions.locks import lock_organisation
from subscriptions.models import Subscription
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.actors import Actor
    from customers.models import CrmSuitePlan, UserPlan
    from subscriptions.applications.querysets import AuthorisationQuerySet


def follow_plans(*, at: dt.datetime) -> int:
    """Stop what a plan no longer includes, bring back what it includes now.

    Returns on how many tenants something changed. One transaction per tenant: what is wrong
    with one is logged, stops no other, and is tried again by the next run. Safe to run at any
    time: a second run finds nothing left to do, in two queries.
    """
    version = ProductVersion.objects.of(DEVELOPMENT_TOOLS).current().first()
    if version is None:
        return 0
    with_plan = Authorisation.objects.exclude(tenant__crm_suite_plan="")
    concerned = _out_of_step(with_plan, version).order_by("tenant").distinct()
    return each_alone(
        concerned.values_list("tenant", "tenant__organisation"),
        lambda found: _follow(*found, version, at),
        trouble="a plan was not followed",
        named=lambda found: {"tenant": found[0]},
    )


@dataclass(frozen=True, kw_only=True)
class Plans:
    """What a tenant has of the CRM itself, all of it (D2.6, D2.8)."""

    users: Mapping[UserPlan, int]
    crm_suite_plan: CrmSuitePlan | None


@transaction.atomic
def change_plans(tenant: Tenant, plans: Plans, *, by: Actor, at: dt.datetime) -> Tenant:
    """Note what it has now: see `change_suite_plan`. Raises TenantDeleted."""
    tenants.change_user_plans(tenant, plans.users, by=by, at=at)
    return change_suite_plan(tenant, plans.crm_suite_plan, by=by, at=at)


@transaction.atomic
def correct(
    tenant: Tenant,
    *,
    crm_version: str,
    crm_suite_plan: CrmSuitePlan | None,
    reason: str,
    by: Actor,
    at: dt.datetime,
) -> Tenant:
    """What staff know of a tenant, where the platform did not tell it. Raises TenantDeleted."""
    tenants.change_crm_version(tenant, crm_version, by=by, at=at, reason=reason)
    return change_suite_plan(tenant, crm_suite_plan, by=by, at=at, reason=reason)


@transaction.atomic
def change_suite_plan(
    tenant: Tenant, plan: CrmSuitePlan | None, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note its plan; its applications follow, and the platform is told what it may use.

    The same again changes nothing. Raises TenantDeleted.
    """
    lock_organisation(tenant.organisation_id)
    tenant = tenants.change_crm_suite_plan(tenant, plan, by=by, at=at, reason=reason)
    if tenant.state == TenantState.DELETED:
        raise tenants.TenantDeleted
    version = ProductVersion.objects.of(DEVELOPMENT_TOOLS).current().first()
    if version is not None:
        _bring_in_step(tenant, version, by=by, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant


@transaction.atomic
def _follow(tenant_id: int, organisation_id: int, version: ProductVersion, at: dt.datetime) -> bool:
    lock_organisation(organisation_id)
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    return _bring_in_step(tenant, version, by=SCHEDULE, at=at)


def _bring_in_step(tenant: Tenant, version: ProductVersion, *, by: Actor, at: dt.datetime) -> bool:
    """The caller holds the organisation's lock. Returns whether something changed."""
    if not _out_of_step(Authorisation.objects.on(tenant), version).exists():
        return False
    stopped = deactivate_unlicensed(
        tenant, why=Authorisation.Deactivation.PLAN_CHANGED, by=by, at=at, recorded_at=at
    )
    restored, asking = restore_licensed(
        tenant, restore_days=version.policy.restore_days, by=by, at=at
    )
    write_to_approvers(stopped, "deactivated", at=at)
    write_to_approvers(restored, "restored", at=at)
    return bool(stopped or restored or asking)


def _out_of_step(
    authorisations: AuthorisationQuerySet, version: ProductVersion
) -> AuthorisationQuerySet:
    """Those that do not fit what `version` says of their tenant's plan; none includes nothing.

    Under a subscription, suspended ones included, only its own end stops them.
    """
    included = Q(
        tenant__crm_suite_plan__in=version.included_in_plans,
        tenant__deployment__in=version.deployments,
    )
    # As `needs_tools` says it, so that what never stops is not looked at every time.
    needs_tools = ~Q(tenant__environment=Environment.SOD) & (
        Q(application__kind=ApplicationKind.CUSTOM) | Q(tenant__deployment=Deployment.ON_PREMISE)
    )
    subscribed = Subscription.objects.filter(
        Q(tenant=OuterRef("tenant"))
        | Q(tenant__isnull=True, organisation=OuterRef("tenant__organisation")),
        product=version.product_id,
        status__in=[Status.ACTIVE, Status.SUSPENDED],
    )
    stops = Q(status=AuthorisationStatus.ACTIVE) & ~included & needs_tools & ~Exists(subscribed)
    comes_back = Q(status=AuthorisationStatus.DEACTIVATED) & included
    comes_back &= ~Q(tenant__state=TenantState.DELETED)
    return authorisations.filter(stops | comes_back)
