"""What a tenant may use, as programs ask it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from catalog.models import Product, ProductVersion
from customers.models import Organisation, Person, Tenant
from subscriptions.operations import suspensions
from subscriptions.provisioning.wanted import wanted_by
from tests.factories.customers import PersonFactory, TenantFactory, TenantUserPlanFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM
from tests.portal.api.entitlements.asking import (
    A_MINUTE,
    MONTH_END,
    NOON,
    TOOLS,
    ask,
    cancel_at_month_end,
    capabilities,
    subscribe,
)


def test_a_tenant_without_anything_may_use_nothing(secret: str, tenant: Tenant) -> None:
    answer = ask(secret, tenant.pk)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "at": "2026-11-18T11:00:00Z",
        "valid_until": "2026-11-18T11:01:00Z",
        "tenant": {"id": tenant.pk, "identifier": "Cust12345", "environment": "production"},
        "capabilities": [],
    }


def test_a_subscription_gives_its_capabilities_and_no_product_names(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)

    found = capabilities(secret, tenant)

    assert list(found) == TOOLS
    assert found["crmscript"] == {
        "code": "crmscript",
        "available": True,
        "source": ["subscription"],
    }
    assert found["screen-designer"] == {
        "code": "screen-designer",
        "available": True,
        "source": ["subscription"],
        "minimum_crm_version": "10.0",
        "right": "field-administrator",
    }
    assert DEVELOPMENT_TOOLS not in ask(secret, tenant.pk).content.decode()


def test_it_is_right_at_the_very_instant_without_any_job(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    cancel_at_month_end(subscribe(tenant, owner), owner)

    with time_machine.travel(MONTH_END - dt.timedelta(seconds=1), tick=False):
        before = ask(secret, tenant.pk)
    with time_machine.travel(MONTH_END, tick=False):
        after = ask(secret, tenant.pk)

    assert before.json()["capabilities"][0]["until"] == "2026-11-30T23:00:00Z"
    assert before.json()["valid_until"] == "2026-11-30T23:00:00Z"
    assert before.headers["Cache-Control"] == "private, max-age=1"
    assert after.json()["capabilities"] == []


def test_extra_tables_depend_on_the_user_plan(secret: str, tenant: Tenant, owner: Person) -> None:
    subscribe(tenant, owner)
    TenantUserPlanFactory(tenant=tenant, plan="service-essentials")
    TenantUserPlanFactory(tenant=tenant, plan="sales-premium")
    TenantUserPlanFactory(tenant=tenant, plan="complete")
    TenantUserPlanFactory(tenant=tenant, plan="marketing-premium", users=0)

    tables = capabilities(secret, tenant)["extra-tables"]

    assert tables["user_plans"] == {
        "complete": ["view", "edit", "search", "report"],
        "sales-premium": ["view", "edit"],
        "service-essentials": ["view", "edit", "search", "report"],
    }


@pytest.mark.parametrize(
    ("version", "available"),
    [("9.2", False), ("9.12.1", False), ("10", True), ("10.0", True), ("10.3.2", True)],
)
def test_screen_designer_needs_version_10(
    secret: str, customer: Organisation, owner: Person, version: str, available: bool
) -> None:
    tenant = TenantFactory(organisation=customer, crm_version=version)
    subscribe(tenant, owner)

    found = capabilities(secret, tenant)

    assert found["screen-designer"]["available"] == available
    assert found["screen-designer"].get("reason") == (None if available else "crm_version_too_low")
    assert found["crmscript"]["available"]


@pytest.mark.parametrize(("plan", "limit"), [("growth", 15), ("plus", None), ("super", None)])
def test_a_crm_suite_plan_counts_and_fences_in(
    secret: str, customer: Organisation, plan: str, limit: int | None
) -> None:
    tenant = TenantFactory(organisation=customer, commercial_model="crm_suite", crm_suite_plan=plan)

    found = capabilities(secret, tenant)

    assert list(found) == TOOLS
    assert found["extra-tables"]["source"] == ["plan"]
    assert found["extra-tables"].get("limit") == limit


def test_the_core_plan_brings_the_tools_and_no_extra_tables(
    secret: str, customer: Organisation
) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_core=True)

    assert list(capabilities(secret, tenant)) == [code for code in TOOLS if code != "extra-tables"]
    told = wanted_by([tenant], NOON)[tenant.pk]["licence:development-tools"]
    assert "extra-tables" not in told["capabilities"]


def test_the_starter_plan_brings_no_tools(secret: str, customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_starter=True)

    assert capabilities(secret, tenant) == {}


def test_a_sod_tenant_has_the_tools_for_free(secret: str, customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, developer=True)

    found = capabilities(secret, tenant)

    assert list(found) == TOOLS
    assert found["apis"]["source"] == ["developer_tenant"]


def test_a_sandbox_has_its_own_licences_and_not_its_sources(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)
    copy = TenantFactory(
        organisation=tenant.organisation, kind="sandbox", source=tenant, identifier="Cust2"
    )

    assert capabilities(secret, copy) == {}

    subscribe(copy, owner)
    assert list(capabilities(secret, copy)) == TOOLS


def test_what_is_for_online_tenants_is_not_for_one_on_premise(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    ProductVersion.objects.create(
        product=Product.objects.get(code=SCIM),
        number=2,
        content_hash="2" * 64,
        scope="organisation",
        deployments=["online"],
        capabilities=["scim"],
        texts={"en": {"name": "SCIM"}},
    )
    subscribe(tenant, owner, SCIM)
    basement = TenantFactory(organisation=tenant.organisation, on_premise=True)

    assert list(capabilities(secret, tenant)) == ["scim"]
    assert capabilities(secret, basement) == {}


def test_nothing_is_available_on_a_tenant_that_does_not_run(
    secret: str, customer: Organisation, owner: Person
) -> None:
    tenant = TenantFactory(organisation=customer)
    subscribe(tenant, owner)
    Tenant.objects.update(state=4)

    found = capabilities(secret, tenant)

    assert {each["reason"] for each in found.values()} == {"tenant_not_running"}
    assert not any(each["available"] for each in found.values())


def test_a_suspension_takes_everything_at_once(secret: str, tenant: Tenant, owner: Person) -> None:
    subscription = subscribe(tenant, owner, at=NOON - A_MINUTE)
    sales = PersonFactory(staff=True, duties=["sales"])
    suspensions.suspend(subscription, reason="Not paid", by=sales, at=NOON)

    assert capabilities(secret, tenant) == {}

    with time_machine.travel(NOON + A_MINUTE, tick=False):
        suspensions.resume(subscription, by=sales, at=NOON + A_MINUTE)
        assert list(capabilities(secret, tenant)) == TOOLS


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Cust12345", 200),
        ("cUST12345", 200),
        ("Cust12345?environment=production", 200),
        ("Cust12345?environment=sod", 404),
        ("Cust99", 404),
        ("0", 404),
        ("nobody", 404),
        ("9" * 40, 404),
    ],
)
def test_a_tenant_is_named_by_identifier_too(
    secret: str, tenant: Tenant, name: str, status: int
) -> None:
    name, _mark, query = name.partition("?")

    answer = ask(secret, name, f"entitlements?{query}")

    assert answer.status_code == status
