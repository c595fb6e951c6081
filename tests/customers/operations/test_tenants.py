from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import (
    CommercialModel,
    CrmSuitePlan,
    Deployment,
    Environment,
    History,
    Tenant,
    TenantKind,
    TenantState,
    UserPlan,
)
from customers.operations import tenants
from customers.operations.tenants import NewTenant
from tests.factories.customers import OrganisationFactory, TenantFactory, TenantUserPlanFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


class TestRegister:
    def test_an_online_tenant_with_its_users(self) -> None:
        new = NewTenant(
            name="Bakker",
            crm_version="10.3.2",
            identifier="Cust12345",
            users={UserPlan.SALES_PREMIUM: 12, UserPlan.COMPLETE: 0},
        )

        tenant = tenants.register_tenant(OrganisationFactory(), new, by=PLATFORM, at=AT)

        assert tenant.commercial_model == CommercialModel.MODULES
        assert [(row.plan, row.users) for row in tenant.user_plans.all()] == [("sales-premium", 12)]
        entry = History.objects.get()
        assert (entry.verb, entry.tenant) == ("tenant.registered", tenant)
        assert entry.details == {"tenant": "Bakker (Cust12345)", "users": {"sales-premium": 12}}

    def test_a_tenant_on_a_crm_suite_plan(self) -> None:
        new = NewTenant(
            name="Bakker",
            crm_version="12.0",
            identifier="Cust1",
            crm_suite_plan=CrmSuitePlan.CORE,
        )

        tenant = tenants.register_tenant(OrganisationFactory(), new, by=PLATFORM, at=AT)

        assert tenant.commercial_model == CommercialModel.CRM_SUITE

    @pytest.mark.parametrize(
        "new",
        [
            pytest.param(
                NewTenant(name="Other", crm_version="10.1", identifier="CUST777"), id="identifier"
            ),
            pytest.param(
                NewTenant(
                    name="Other",
                    crm_version="10.1",
                    deployment=Deployment.ON_PREMISE,
                    serial_number="123",
                    owner_name="Bakker",
                ),
                id="serial number",
            ),
        ],
    )
    def test_it_refuses_a_known_tenant(self, new: NewTenant) -> None:
        TenantFactory(identifier="Cust777")
        TenantFactory(on_premise=True, serial_number="123")

        with pytest.raises(tenants.TenantAlreadyRegistered):
            tenants.register_tenant(OrganisationFactory(), new, by=PLATFORM, at=AT)

        assert Tenant.objects.count() == 2

    def test_the_same_identifier_in_another_environment_is_another_tenant(self) -> None:
        TenantFactory(identifier="Cust777")
        new = NewTenant(
            name="Trial ground",
            crm_version="10.3",
            identifier="Cust777",
            kind=TenantKind.DEVELOPER,
            environment=Environment.SOD,
        )

        tenant = tenants.register_tenant(OrganisationFactory(), new, by=PLATFORM, at=AT)

        assert tenant.environment == Environment.SOD

    @pytest.mark.parametrize("source", ["none", "foreign", "on premise", "sandbox"])
    def test_it_refuses_a_sandbox_of_what_cannot_be_copied(self, source: str) -> None:
        organisation = OrganisationFactory()
        sources: dict[str, Callable[[], Tenant | None]] = {
            "none": lambda: None,
            "foreign": TenantFactory,
            "on premise": lambda: TenantFactory(organisation=organisation, on_premise=True),
            "sandbox": lambda: TenantFactory(organisation=organisation, sandbox=True),
        }
        new = NewTenant(
            name="Copy",
            crm_version="10.3",
            identifier="Cust9",
            kind=TenantKind.SANDBOX,
            source=sources[source](),
        )

        with pytest.raises(tenants.SandboxSourceUnfit):
            tenants.register_tenant(organisation, new, by=PLATFORM, at=AT)

        assert not Tenant.objects.filter(identifier="Cust9").exists()


class TestState:
    def test_a_new_state_is_noted_and_told(self) -> None:
        tenant = TenantFactory()

        changed = tenants.change_tenant_state(
            tenant, TenantState.SUSPENDED, by=PLATFORM, at=AT, reason="Not paid."
        )

        assert (changed.state, changed.state_changed_at) == (TenantState.SUSPENDED, AT)
        assert not changed.is_running
        entry = History.objects.get()
        assert (entry.verb, entry.reason) == ("tenant.state_changed", "Not paid.")
        assert entry.details == {"from": "running", "to": "suspended"}

    def test_the_same_state_again_changes_nothing(self) -> None:
        tenant = TenantFactory()
        since = tenant.state_changed_at

        tenants.change_tenant_state(tenant, TenantState.RUNNING, by=PLATFORM, at=AT)

        tenant.refresh_from_db()
        assert tenant.state_changed_at == since
        assert not History.objects.exists()

    def test_deleted_is_for_good(self) -> None:
        tenant = TenantFactory(state=TenantState.DELETED)

        with pytest.raises(tenants.TenantDeleted):
            tenants.change_tenant_state(tenant, TenantState.RUNNING, by=PLATFORM, at=AT)

        tenant.refresh_from_db()
        assert tenant.state == TenantState.DELETED

    def test_nobody_knows_the_state_of_an_on_premise_tenant(self) -> None:
        tenant = TenantFactory(on_premise=True)

        with pytest.raises(tenants.OnPremiseStateUnknown):
            tenants.change_tenant_state(tenant, TenantState.SUSPENDED, by=PLATFORM, at=AT)

        tenant.refresh_from_db()
        assert tenant.is_running


class TestUserPlans:
    def test_they_are_replaced_and_told(self) -> None:
        row = TenantUserPlanFactory(plan=UserPlan.SALES_PREMIUM, users=10)

        tenants.change_user_plans(
            row.tenant,
            {UserPlan.SALES_PREMIUM: 12, UserPlan.SERVICE_PREMIUM: 3},
            by=PLATFORM,
            at=AT,
        )

        assert {each.plan: each.users for each in row.tenant.user_plans.all()} == {
            "sales-premium": 12,
            "service-premium": 3,
        }
        assert History.objects.get().details == {
            "from": {"sales-premium": 10},
            "to": {"sales-premium": 12, "service-premium": 3},
        }

    def test_the_same_ones_change_nothing(self) -> None:
        row = TenantUserPlanFactory(plan=UserPlan.SALES_PREMIUM, users=10)

        tenants.change_user_plans(row.tenant, {UserPlan.SALES_PREMIUM: 10}, by=PLATFORM, at=AT)

        assert not History.objects.exists()

    def test_a_deleted_tenant_has_no_users(self) -> None:
        row = TenantUserPlanFactory(plan=UserPlan.SALES_PREMIUM, users=10)
        tenants.change_tenant_state(row.tenant, TenantState.DELETED, by=PLATFORM, at=AT)

        with pytest.raises(tenants.TenantDeleted):
            tenants.change_user_plans(row.tenant, {UserPlan.SALES_PREMIUM: 12}, by=PLATFORM, at=AT)

        assert row.tenant.user_plans.get().users == 10
