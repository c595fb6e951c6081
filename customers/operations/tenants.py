from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers import history
from customers.locks import lock_organisation, take_turns_registering_tenants
from customers.models import (
    CommercialModel,
    CrmSuitePlan,
    Deployment,
    Environment,
    Organisation,
    Tenant,
    TenantKind,
    TenantState,
    TenantUserPlan,
    UserPlan,
)
from customers.refusals import ChangedMeanwhile, Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from customers.actors import Actor


class TenantAlreadyRegistered(Refusal):
    sentence = _("A tenant with this identifier or serial number is registered already.")


class SandboxSourceUnfit(Refusal):
    sentence = _("A production sandbox is copied from an online production tenant of its customer.")


class KnownByItsIdentifier(Refusal):
    sentence = _("An online tenant is known by what the platform calls it.")


class OnPremiseStateUnknown(Refusal):
    sentence = _("The platform reports no state for an on-premise tenant.")


class TenantDeleted(Refusal):
    sentence = _("This tenant was deleted and does not come back.")


@dataclass(frozen=True, kw_only=True)
class NewTenant:
    """What is known of a tenant when it is registered (D2.1, D2.5).

    Online: `identifier` (Cust12345). On-premise: `serial_number` and `owner_name`.
    """

    name: str
    crm_version: str
    deployment: Deployment = Deployment.ONLINE
    environment: Environment = Environment.PRODUCTION
    kind: TenantKind = TenantKind.PRODUCTION
    source: Tenant | None = None
    identifier: str = ""
    serial_number: str = ""
    owner_name: str = ""
    crm_suite_plan: CrmSuitePlan | None = None
    state: TenantState = TenantState.RUNNING
    users: Mapping[UserPlan, int] = field(default_factory=dict)


@transaction.atomic
def register_tenant(
    organisation: Organisation, new: NewTenant, *, by: Actor, at: dt.datetime
) -> Tenant:
    """Put a tenant on the organisation's list, with its users per plan.

    Raises TenantAlreadyRegistered, SandboxSourceUnfit.
    """
    lock_organisation(organisation.pk)
    take_turns_registering_tenants()
    if Tenant.objects.known_as(new.identifier, new.environment, new.serial_number).exists():
        raise TenantAlreadyRegistered
    if new.kind == TenantKind.SANDBOX:
        _refuse_unfit_source(organisation, new.source)
    tenant = Tenant.objects.create(
        organisation=organisation,
        name=new.name,
        deployment=new.deployment,
        environment=new.environment,
        kind=new.kind,
        source=new.source,
        identifier=new.identifier,
        serial_number=new.serial_number,
        owner_name=new.owner_name,
        crm_version=new.crm_version,
        commercial_model=_sold_by(new.crm_suite_plan),
        crm_suite_plan=new.crm_suite_plan or "",
        state=new.state,
        state_changed_at=at,
        created_at=at,
    )
    _write_user_plans(tenant, new.users)
    history.record(
        tenant,
        "tenant.registered",
        organisation=organisation,
        tenant=tenant,
        by=by,
        at=at,
        details={"tenant": tenant.label, "users": _by_plan(new.users)},
    )
    return tenant


@transaction.atomic
def change_tenant_state(
    tenant: Tenant, state: TenantState, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note the state the platform reports (D2.2); the same state again changes nothing.

    Raises OnPremiseStateUnknown, TenantDeleted.
    """
    tenant = _locked(tenant)
    if tenant.deployment == Deployment.ON_PREMISE:
        raise OnPremiseStateUnknown
    if tenant.state == state:
        return tenant
    if tenant.state == TenantState.DELETED:
        raise TenantDeleted
    before = TenantState(tenant.state)
    tenant.state, tenant.state_changed_at = state, at
    tenant.save(update_fields=["state", "state_changed_at"])
    history.record(
        tenant,
        "tenant.state_changed",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        reason=reason,
        details={"from": before.name.lower(), "to": TenantState(state).name.lower()},
    )
    return tenant


@transaction.atomic
def rename(tenant: Tenant, name: str, *, by: Actor, at: dt.datetime) -> Tenant:
    """Call it something else for people; its identifier stays. The same name changes nothing."""
    tenant = _locked(tenant)
    before = tenant.name
    if name == before:
        return tenant
    tenant.name = name
    tenant.save(update_fields=["name"])
    history.record(
        tenant,
        "tenant.renamed",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        details={"from": before, "to": name},
    )
    return tenant


@transaction.atomic
def correct_identity(
    tenant: Tenant,
    *,
    serial_number: str,
    owner_name: str,
    by: Actor,
    at: dt.datetime,
    reason: str,
) -> Tenant:
    """What the CRM on the customer's own server is known by, registered wrongly at first.

    The same again changes nothing. Raises KnownByItsIdentifier, TenantAlreadyRegistered.
    """
    tenant = _locked(tenant)
    before, after = (tenant.serial_number, tenant.owner_name), (serial_number, owner_name)
    if before == after:
        return tenant
    if tenant.deployment == Deployment.ONLINE:
        raise KnownByItsIdentifier
    take_turns_registering_tenants()
    others = Tenant.objects.exclude(pk=tenant.pk)
    if others.known_as("", serial_number=serial_number).exists():
        raise TenantAlreadyRegistered
    tenant.serial_number, tenant.owner_name = after
    tenant.save(update_fields=["serial_number", "owner_name"])
    history.record(
        tenant,
        "tenant.identity_corrected",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        reason=reason,
        details={"from": ", ".join(before), "to": ", ".join(after)},
    )
    return tenant


@transaction.atomic
def change_user_plans(
    tenant: Tenant,
    users: Mapping[UserPlan, int],
    *,
    by: Actor,
    at: dt.datetime,
    as_seen: Callable[[Tenant], bool] | None = None,
) -> Tenant:
    """Replace the tenant's users per plan by these; the same ones again change nothing.

    Raises TenantDeleted, ChangedMeanwhile when they are no longer `as_seen`.
    """
    tenant = _locked(tenant)
    if tenant.state == TenantState.DELETED:
        raise TenantDeleted
    before = {UserPlan(row.plan): row.users for row in tenant.user_plans.all()}
    after = {plan: count for plan, count in users.items() if count}
    if before == after:
        return tenant
    if as_seen and not as_seen(tenant):
        raise ChangedMeanwhile
    tenant.user_plans.all().delete()
    _write_user_plans(tenant, after)
    history.record(
        tenant,
        "tenant.user_plans_changed",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        details={"from": _by_plan(before), "to": _by_plan(after)},
    )
    return tenant


@transaction.atomic
def change_crm_suite_plan(
    tenant: Tenant, plan: CrmSuitePlan | None, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note how the CRM itself is sold there: by this plan, or by modules when it is None."""
    tenant = _locked(tenant)
    before, after = tenant.crm_suite_plan, plan.value if plan else ""
    if before == after:
        return tenant
    tenant.crm_suite_plan, tenant.commercial_model = after, _sold_by(plan)
    tenant.save(update_fields=["crm_suite_plan", "commercial_model"])
    history.record(
        tenant,
        "tenant.plan_changed",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        reason=reason,
        details={"from": before, "to": after},
    )
    return tenant


@transaction.atomic
def change_crm_version(
    tenant: Tenant,
    version: str,
    *,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime | None = None,
    reason: str = "",
) -> Tenant:
    """Note which version of the CRM it runs."""
    tenant = _locked(tenant)
    before = tenant.crm_version
    if before == version:
        return tenant
    tenant.crm_version = version
    tenant.save(update_fields=["crm_version"])
    history.record(
        tenant,
        "tenant.upgraded",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        recorded_at=recorded_at,
        reason=reason,
        details={"from": before, "to": version},
    )
    return tenant


def _locked(tenant: Tenant) -> Tenant:
    lock_organisation(tenant.organisation_id)
    return Tenant.objects.select_related("organisation").get(pk=tenant.pk)


def _sold_by(plan: CrmSuitePlan | None) -> CommercialModel:
    return CommercialModel.CRM_SUITE if plan else CommercialModel.MODULES


def _refuse_unfit_source(organisation: Organisation, source: Tenant | None) -> None:
    if (
        source is None
        or source.organisation_id != organisation.pk
        or source.deployment != Deployment.ONLINE
        or source.kind != TenantKind.PRODUCTION
    ):
        raise SandboxSourceUnfit


def _write_user_plans(tenant: Tenant, users: Mapping[UserPlan, int]) -> None:
    TenantUserPlan.objects.bulk_create(
        TenantUserPlan(tenant=tenant, plan=plan, users=count)
        for plan, count in users.items()
        if count
    )


def _by_plan(users: Mapping[UserPlan, int]) -> dict[str, int]:
    return {UserPlan(plan).value: count for plan, count in users.items() if count}
