"""What a CRM Suite plan includes changes with the catalogue; applications follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from catalog.models import ProductVersion
from customers.actors import SCHEDULE
from customers.models import Deployment, Environment, Tenant, TenantState
from customers.turns import each_alone
from subscriptions.applications.availability import DEVELOPMENT_TOOLS
from subscriptions.applications.deactivation import deactivate_unlicensed, restore_licensed
from subscriptions.applications.letters import write_to_approvers
from subscriptions.applications.lifecycle import AuthorisationStatus
from subscriptions.applications.models import ApplicationKind, Authorisation
from subscriptions.lifecycle import Status
from subscriptions.locks import lock_organisation
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

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
    concerned = _out_of_step(version).order_by("tenant").distinct()
    return each_alone(
        concerned.values_list("tenant", "tenant__organisation"),
        lambda found: _follow(*found, version, at),
        trouble="a plan was not followed",
        named=lambda found: {"tenant": found[0]},
    )


@transaction.atomic
def _follow(tenant_id: int, organisation_id: int, version: ProductVersion, at: dt.datetime) -> bool:
    lock_organisation(organisation_id)
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    if not _out_of_step(version).on(tenant).exists():  # dealt with meanwhile
        return False
    stopped = deactivate_unlicensed(
        tenant, why=Authorisation.Deactivation.PLAN_CHANGED, by=SCHEDULE, at=at, recorded_at=at
    )
    restored, asking = restore_licensed(
        tenant, restore_days=version.policy.restore_days, by=SCHEDULE, at=at
    )
    write_to_approvers(stopped, "deactivated", at=at)
    write_to_approvers(restored, "restored", at=at)
    return bool(stopped or restored or asking)


def _out_of_step(version: ProductVersion) -> AuthorisationQuerySet:
    """Authorisations on tenants with a plan that do not fit what `version` says of the plan.

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
    with_plan = Authorisation.objects.exclude(tenant__crm_suite_plan="")
    found: AuthorisationQuerySet = with_plan.filter(stops | comes_back)
    return found
