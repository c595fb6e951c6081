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
from subscriptions.applications.deactivation import (
    cut_off_suspended,
    deactivate_unlicensed,
    restore_licensed,
    tell_what_works_again,
)
from subscriptions.applications.letters import write_to_approvers
from subscriptions.applications.lifecycle import AuthorisationStatus
from subscriptions.applications.models import ApplicationKind, Authorisation
from subscriptions.lifecycle import Status
from subscriptions.locks import lock_organisation
from subscriptions.models import Subscription
from subscriptions.plan_overlap import also_in_plans, tell_what_the_plan_gives
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.actors import Actor
    from customers.models import CrmSuitePlan, UserPlan
    from subscriptions.applications.querysets import AuthorisationQuerySet
    from subscriptions.querysets import SubscriptionQuerySet


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
    concerned = _to_follow(with_plan, version, at).order_by("tenant").distinct()
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

    Owners hear which of their subscriptions there the plan gives as well: those go on. The same
    again changes nothing. Raises TenantDeleted.
    """
    lock_organisation(tenant.organisation_id)
    own = list(Subscription.objects.live().filter(tenant=tenant).with_names().order_by("pk"))
    in_plan_before = also_in_plans(own)
    tenant = tenants.change_crm_suite_plan(tenant, plan, by=by, at=at, reason=reason)
    if tenant.state == TenantState.DELETED:
        raise tenants.TenantDeleted
    version = ProductVersion.objects.of(DEVELOPMENT_TOOLS).current().first()
    if version is not None:
        _bring_in_step(tenant, version, by=by, at=at)
    tell_what_the_plan_gives(tenant, own, before=in_plan_before, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant


@transaction.atomic
def _follow(tenant_id: int, organisation_id: int, version: ProductVersion, at: dt.datetime) -> bool:
    """Whether there was something left to do."""
    lock_organisation(organisation_id)
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    if not _to_follow(Authorisation.objects.on(tenant), version, at).exists():
        return False
    _bring_in_step(tenant, version, by=SCHEDULE, at=at)
    facts.tell([tenant.pk], at=at)
    return True


def _bring_in_step(tenant: Tenant, version: ProductVersion, *, by: Actor, at: dt.datetime) -> None:
    """The caller holds the organisation's lock, and tells the platform."""
    if Authorisation.objects.on(tenant).filter(_out_of_step(version)).exists():
        stopped = deactivate_unlicensed(
            tenant, why=Authorisation.Deactivation.PLAN_CHANGED, by=by, at=at, recorded_at=at
        )
        restored, _asking = restore_licensed(
            tenant, restore_days=version.policy.restore_days, by=by, at=at
        )
        write_to_approvers(stopped, "deactivated", at=at)
        write_to_approvers(restored, "restored", at=at)
    # Under a suspended subscription the plan alone is what lets them work, or does not.
    cut_off_suspended(tenant, by=by, at=at)
    tell_what_works_again(tenant, by=by, at=at)


def _to_follow(
    authorisations: AuthorisationQuerySet, version: ProductVersion, at: dt.datetime
) -> AuthorisationQuerySet:
    """Those that `version` and their tenant's plan treat otherwise than was written or told."""
    let_in = Q(status=AuthorisationStatus.ACTIVE)
    let_in &= Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    stopped = Q(told_stopped_at__isnull=True) & _needs_more_than_plan(version)
    stopped &= Q(Exists(_subscriptions(version, Status.SUSPENDED)))
    stopped &= ~Q(Exists(_subscriptions(version, Status.ACTIVE)))
    works_again = Q(told_stopped_at__isnull=False) & _included(version)
    works_again &= Q(tenant__in=Tenant.objects.running())
    return authorisations.filter(_out_of_step(version) | let_in & (stopped | works_again))


def _out_of_step(version: ProductVersion) -> Q:
    """What has a status that does not fit the plan; none includes nothing.

    Under a subscription, suspended ones included, only its own end stops them.
    """
    subscribed = _subscriptions(version, Status.ACTIVE, Status.SUSPENDED)
    stops = Q(status=AuthorisationStatus.ACTIVE) & _needs_more_than_plan(version)
    stops &= ~Q(Exists(subscribed))
    comes_back = Q(status=AuthorisationStatus.DEACTIVATED) & _included(version)
    comes_back &= ~Q(tenant__state=TenantState.DELETED)
    return stops | comes_back


def _included(version: ProductVersion) -> Q:
    return Q(
        tenant__crm_suite_plan__in=version.included_in_plans,
        tenant__deployment__in=version.deployments,
    )


def _needs_more_than_plan(version: ProductVersion) -> Q:
    """As `needs_tools` says it, so that what never stops is not looked at every time."""
    needs_tools = ~Q(tenant__environment=Environment.SOD) & (
        Q(application__kind=ApplicationKind.CUSTOM) | Q(tenant__deployment=Deployment.ON_PREMISE)
    )
    return needs_tools & ~_included(version)


def _subscriptions(version: ProductVersion, *statuses: Status) -> SubscriptionQuerySet:
    """To the tools, of an authorisation's tenant or of its organisation as a whole."""
    own = Q(tenant=OuterRef("tenant"))
    of_all = Q(tenant__isnull=True, organisation=OuterRef("tenant__organisation"))
    theirs = Subscription.objects.filter(own | of_all, status__in=statuses)
    return theirs.filter(product=version.product_id)
