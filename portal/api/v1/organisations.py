"""`/organisations` and `/tenants`: who buys, and where it runs."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema

from customers import models, queries
from customers.models import Deployment, Environment, TenantKind, TenantState, TokenScope
from customers.paging import slice_of
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.reach import asked_for, own
from portal.api.v1.shapes import Id, OrganisationQuery, Page, PageQuery, next_cursor

router = Router(auth=OrganisationBearer(TokenScope.TENANTS_READ), tags=["Tenants"])


class Organisation(Schema):
    """Your own, or a customer that let your organisation in as its partner."""

    id: int
    customer_number: str
    name: str
    kind: str
    country: str
    currency: str


class OrganisationPage(Page):
    items: list[Organisation]


class UserPlan(Schema):
    plan: str
    users: int


class Tenant(Schema):
    """One installation of the CRM: the unit that licences, applications and usage hang on."""

    id: int
    organisation_id: int
    name: str
    deployment: Deployment
    environment: Environment
    kind: TenantKind
    source_tenant_id: int | None
    identifier: str
    serial_number: str
    crm_version: str
    commercial_model: str
    crm_suite_plan: str
    state: str
    is_running: bool
    state_changed_at: dt.datetime
    user_plans: list[UserPlan]

    @classmethod
    def of(cls, row: models.Tenant) -> Tenant:
        return cls(
            id=row.pk,
            organisation_id=row.organisation_id,
            name=row.name,
            deployment=Deployment(row.deployment),
            environment=Environment(row.environment),
            kind=TenantKind(row.kind),
            source_tenant_id=row.source_id,
            identifier=row.identifier,
            serial_number=row.serial_number,
            crm_version=row.crm_version,
            commercial_model=row.commercial_model,
            crm_suite_plan=row.crm_suite_plan,
            state=TenantState(row.state).name.lower(),
            is_running=row.is_running,
            state_changed_at=row.state_changed_at,
            user_plans=[UserPlan(plan=p.plan, users=p.users) for p in row.user_plans.all()],
        )


class TenantPage(Page):
    items: list[Tenant]


class TenantQuery(OrganisationQuery):
    environment: Environment | None = None


@router.get("/organisations", response=OrganisationPage, url_name="organisations")
def list_organisations(request: HttpRequest, query: Query[PageQuery]) -> OrganisationPage:
    """Every organisation that the token reaches: its own and, for a partner's, its customers'."""
    found = queries.organisations_reached_by(own(request))
    page = slice_of(found, size=query.limit, after=query.after)
    return OrganisationPage(
        items=[Organisation.from_orm(row) for row in page.rows], next_cursor=next_cursor(page)
    )


@router.get("/tenants", response=TenantPage, url_name="tenants")
def list_tenants(request: HttpRequest, query: Query[TenantQuery]) -> TenantPage:
    """The tenants of one organisation."""
    organisation = asked_for(request, query.organisation_id)
    found = queries.tenants_of(organisation).with_users().in_environment(query.environment or "")
    page = slice_of(found, size=query.limit, after=query.after)
    return TenantPage(items=[Tenant.of(row) for row in page.rows], next_cursor=next_cursor(page))


@router.get("/tenants/{int:tenant_id}", response=Tenant, url_name="tenant")
def read_tenant(request: HttpRequest, tenant_id: Path[Id]) -> Tenant:
    """One tenant."""
    return Tenant.of(get_object_or_404(queries.tenants_reached_by(own(request)), pk=tenant_id))
