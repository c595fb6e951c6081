"""What a CRM Suite plan includes, and which one a tenant has: applications follow.

The questions at the end are asked of many rows at once. They say in SQL what `products_needed`
and `licences_at` say of one, so that what fits is not looked at every time; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from catalog.models import ProductVersion
from customers.actors import SCHEDULE
from customers.models import CrmSuitePlan, Deployment, Environment, Tenant, TenantState
from customers.operations import tenants
from customers.refusals import ChangedMeanwhile
from customers.turns import each_alone
from subscriptions.applications.availability import FOR_APPLICATIONS
from subscriptions.applications.deactivation import (
    cut_off_suspended,
    deactivate_unlicensed,
    restore_licensed,
    said_of,
    tell_what_works_again,
)
from subscriptions.applications.letters import write_to_approvers
from subscriptions.applications.lifecycle import LET_IN, AuthorisationStatus
from subscriptions.applications.models import ApplicationKind, Authorisation, Capability
from subscriptions.entitlements import DATABASE_MIRRORING, DEVELOPMENT_TOOLS
from subscriptions.lifecycle import Status
from subscriptions.locks import lock_organisation
from subscriptions.models import Subscription
from subscriptions.plan_overlap import tell_what_the_plan_gives, with_news_of_their_plan
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from customers.actors import Actor
    from customers.models import UserPlan
    from subscriptions.applications.querysets import AuthorisationQuerySet
    from subscriptions.querysets import SubscriptionQuerySet


def follow_plans(*, at: dt.datetime) -> int:
    """Stop what a plan no longer includes, bring back what it includes now.

    Owners hear what is in the plan as well since the catalogue was loaded. Returns on how many
    tenants applications changed. One transaction per tenant: what is wrong with one is logged,
    stops no other, and is tried again by the next run. Safe to run at any time: a second run
    finds nothing left to do, in four queries.
    """
    _tell_what_plans_give(at)
    versions = _current_versions()
    if not versions:
        return 0
    with_plan = Authorisation.objects.exclude(tenant__crm_suite_plan="")
    concerned = _to_follow(with_plan, versions, at).order_by("tenant").distinct()
    return each_alone(
        concerned.values_list("tenant", "tenant__organisation"),
        lambda found: _follow(*found, versions, at),
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


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What staff know of a tenant. Serial number and owner's name are empty when it is online."""

    crm_version: str
    crm_suite_plan: CrmSuitePlan | None
    serial_number: str = ""
    owner_name: str = ""

    @classmethod
    def of(cls, tenant: Tenant) -> Facts:
        return cls(
            crm_version=tenant.crm_version,
            crm_suite_plan=CrmSuitePlan(tenant.crm_suite_plan) if tenant.crm_suite_plan else None,
            serial_number=tenant.serial_number,
            owner_name=tenant.owner_name,
        )


@transaction.atomic
def correct(
    tenant: Tenant,
    known: Facts,
    *,
    reason: str,
    by: Actor,
    at: dt.datetime,
    as_seen: Callable[[Tenant], bool] | None = None,
) -> Tenant:
    """What staff know of a tenant, where the platform did not tell it.

    Raises TenantDeleted, ChangedMeanwhile when it is no longer `as_seen` (an older plan put back
    would stop applications), and what `tenants.correct_identity` refuses.
    """
    lock_organisation(tenant.organisation_id)
    tenant = Tenant.objects.get(pk=tenant.pk)
    if as_seen and known != Facts.of(tenant) and not as_seen(tenant):
        raise ChangedMeanwhile
    tenants.correct_identity(
        tenant,
        serial_number=known.serial_number,
        owner_name=known.owner_name,
        by=by,
        at=at,
        reason=reason,
    )
    tenants.change_crm_version(tenant, known.crm_version, by=by, at=at, reason=reason)
    return change_suite_plan(tenant, known.crm_suite_plan, by=by, at=at, reason=reason)


@transaction.atomic
def change_suite_plan(
    tenant: Tenant, plan: CrmSuitePlan | None, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note its plan; its applications follow, and the platform is told what it may use.

    Owners hear which of their subscriptions there the plan gives as well: those go on. The same
    again changes nothing. Raises TenantDeleted.
    """
    lock_organisation(tenant.organisation_id)
    tenant = tenants.change_crm_suite_plan(tenant, plan, by=by, at=at, reason=reason)
    if tenant.state == TenantState.DELETED:
        raise tenants.TenantDeleted
    versions = _current_versions()
    if versions:
        _bring_in_step(tenant, versions, by=by, at=at)
    tell_what_the_plan_gives(tenant.pk, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant


def _current_versions() -> list[ProductVersion]:
    """Of the products that applications need, in their order."""
    found = ProductVersion.objects.current().filter(product__code__in=FOR_APPLICATIONS)
    return sorted(
        found.select_related("product"), key=lambda each: FOR_APPLICATIONS.index(each.product.code)
    )


def _tell_what_plans_give(at: dt.datetime) -> None:
    news = with_news_of_their_plan().order_by("tenant").distinct()
    each_alone(
        news.values_list("tenant", "organisation"),
        lambda found: _tell_what_the_plan_gives(*found, at),
        trouble="owners were not told what a plan gives",
        named=lambda found: {"tenant": found[0]},
    )


@transaction.atomic
def _tell_what_the_plan_gives(tenant_id: int, organisation_id: int, at: dt.datetime) -> int:
    lock_organisation(organisation_id)
    return tell_what_the_plan_gives(tenant_id, at=at)


@transaction.atomic
def _follow(
    tenant_id: int, organisation_id: int, versions: list[ProductVersion], at: dt.datetime
) -> bool:
    """Whether something changed."""
    lock_organisation(organisation_id)
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    if not _to_follow(Authorisation.objects.on(tenant), versions, at).exists():
        return False
    changed = _bring_in_step(tenant, versions, by=SCHEDULE, at=at)
    facts.tell([tenant.pk], at=at)
    return changed


def _bring_in_step(
    tenant: Tenant, versions: list[ProductVersion], *, by: Actor, at: dt.datetime
) -> bool:
    """Whether something changed; the caller holds the organisation's lock, tells the platform."""
    changed: list[Authorisation] = []
    there = Authorisation.objects.on(tenant)
    lost = [each.product.code for each in versions if there.filter(_stops(each)).exists()]
    if lost:
        stopped, shut_out = deactivate_unlicensed(
            tenant,
            products=lost,
            why=Authorisation.Deactivation.PLAN_CHANGED,
            # Every application that needs something needs the first of them.
            restore_days=versions[0].policy.restore_days,
            by=by,
            at=at,
            recorded_at=at,
        )
        write_to_approvers(stopped, "deactivated", said_of(stopped, lost, at), at=at)
        changed += [*stopped, *shut_out]
    if there.filter(_comes_back(versions, at)).exists():
        restored, asking = restore_licensed(tenant, by=by, at=at)
        write_to_approvers(restored, "restored", at=at)
        changed += [*restored, *asking]
    # Under a suspended subscription the plan alone is what lets them work, or does not.
    changed += cut_off_suspended(tenant, by=by, at=at)
    changed += tell_what_works_again(tenant, by=by, at=at)
    return bool(changed)


def _to_follow(
    authorisations: AuthorisationQuerySet, versions: list[ProductVersion], at: dt.datetime
) -> AuthorisationQuerySet:
    """Those that `versions` and their tenant's plan treat otherwise than was written or told."""
    let_in = Q(status=AuthorisationStatus.ACTIVE)
    let_in &= Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    # Of a tenant that stands still nobody is told what its licences allow.
    let_in &= Q(tenant__in=Tenant.objects.running())
    works_again = Q(told_stopped_at__isnull=False) & _plan_completes(versions, at)
    concerned = _comes_back(versions, at) | let_in & works_again
    for version in versions:
        stopped = Q(told_stopped_at__isnull=True) & _needs_more_than_plan(version)
        stopped &= Q(Exists(_subscriptions(version, Status.SUSPENDED)))
        stopped &= ~Q(Exists(_subscriptions(version, Status.ACTIVE)))
        concerned |= _stops(version) | let_in & stopped
    return authorisations.filter(concerned)


def _stops(version: ProductVersion) -> Q:
    """What is let in on a tenant whose plan does not include `version`; none includes nothing.

    Under a subscription, suspended ones included, only its own end stops them.
    """
    subscribed = _subscriptions(version, Status.ACTIVE, Status.SUSPENDED)
    return Q(status__in=LET_IN) & _needs_more_than_plan(version) & ~Q(Exists(subscribed))


def _comes_back(versions: list[ProductVersion], at: dt.datetime) -> Q:
    stopped = Q(status=AuthorisationStatus.DEACTIVATED) & ~Q(tenant__state=TenantState.DELETED)
    return stopped & _plan_completes(versions, at)


def _plan_completes(versions: list[ProductVersion], at: dt.datetime) -> Q:
    """The plan gives some of what an application needs, and all the rest is subscribed to."""
    by_plan, all_of_it = Q(pk__in=[]), Q()
    for version in versions:
        subscribed = _subscriptions(version, Status.ACTIVE).in_force_at(at)
        by_plan |= _included(version)
        all_of_it &= ~_needs(version) | _included(version) | Q(Exists(subscribed))
    return by_plan & all_of_it


def _included(version: ProductVersion) -> Q:
    return Q(
        tenant__crm_suite_plan__in=version.included_in_plans,
        tenant__deployment__in=version.deployments,
    )


def _needs_more_than_plan(version: ProductVersion) -> Q:
    return _needs(version) & ~_included(version)


def _needs(version: ProductVersion) -> Q:
    """As `products_needed` says it of one."""
    in_earnest = ~Q(tenant__environment=Environment.SOD)
    custom = Q(application__kind=ApplicationKind.CUSTOM)
    if version.product.code == DEVELOPMENT_TOOLS:
        return in_earnest & (custom | Q(tenant__deployment=Deployment.ON_PREMISE))
    assert version.product.code == DATABASE_MIRRORING, "no other is among FOR_APPLICATIONS"
    mirrors = Q(agreed_capabilities__contains=[Capability.MIRRORING])
    return in_earnest & custom & mirrors & Q(tenant__deployment=Deployment.ONLINE)


def _subscriptions(version: ProductVersion, *statuses: Status) -> SubscriptionQuerySet:
    """To the product, of an authorisation's tenant or of its organisation as a whole."""
    own = Q(tenant=OuterRef("tenant"))
    of_all = Q(tenant__isnull=True, organisation=OuterRef("tenant__organisation"))
    theirs = Subscription.objects.filter(own | of_all, status__in=statuses)
    return theirs.filter(product=version.product_id)
