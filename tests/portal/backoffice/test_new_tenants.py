"""Tenants are registered on the page of whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History, Tenant
from subscriptions.applications.models import DevelopmentTenantRequest
from subscriptions.operations import orders
from subscriptions.provisioning import news, receiving
from subscriptions.provisioning.models import Fact
from tests.factories.customers import TenantFactory, TenantUserPlanFactory
from tests.factories.shop import SCIM

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person

ONLINE = {
    "name": "Molen",
    "deployment": "online",
    "environment": "production",
    "kind": "production",
    "identifier": "cust12345",
    "crm_version": "10.3.2",
    "users_sales-premium": "7",
}
ON_PREMISE = {
    "name": "Molen in the cellar",
    "deployment": "on_premise",
    "environment": "production",
    "kind": "production",
    "serial_number": "1184420391",
    "owner_name": "Molen & Zonen B.V.",
    "crm_version": "10.1",
    "crm_suite_plan": "growth",
}


@pytest.fixture
def address(customer: Organisation) -> str:
    return reverse("backoffice:register_tenant", args=[customer.pk])


@pytest.mark.parametrize("duty", ["sales", "operations"])
def test_an_online_tenant(
    client: Client, request: pytest.FixtureRequest, customer: Organisation, address: str, duty: str
) -> None:
    person = request.getfixturevalue(duty)
    client.force_login(person)

    page = client.post(address, ONLINE, follow=True)

    found = Tenant.objects.get(organisation=customer)
    assert page.redirect_chain == [(reverse("backoffice:tenant", args=[found.pk]), 302)]
    assert "Molen (cust12345) is registered." in page.content.decode()
    assert (found.identifier, found.environment, found.kind) == (
        "cust12345",
        "production",
        "production",
    )
    assert (found.crm_version, found.commercial_model, found.crm_suite_plan) == (
        "10.3.2",
        "modules",
        "",
    )
    assert [(row.plan, row.users) for row in found.user_plans.all()] == [("sales-premium", 7)]
    told = History.objects.about(found).get()
    assert (told.verb, told.actor, told.organisation) == ("tenant.registered", person, customer)


def test_an_on_premise_tenant_with_a_crm_suite_plan(
    client: Client, operations: Person, customer: Organisation, address: str
) -> None:
    client.force_login(operations)

    client.post(address, ON_PREMISE)

    found = Tenant.objects.get(organisation=customer)
    assert (found.deployment, found.serial_number, found.owner_name) == (
        "on_premise",
        "1184420391",
        "Molen & Zonen B.V.",
    )
    assert (found.commercial_model, found.crm_suite_plan) == ("crm_suite", "growth")


def test_a_sandbox_of_the_customers_own_tenant(
    client: Client, operations: Person, customer: Organisation, address: str
) -> None:
    source = TenantFactory(organisation=customer, name="Source")
    TenantFactory(organisation=customer, on_premise=True, name="Below")
    TenantFactory(name="Of somebody else")
    client.force_login(operations)

    page = client.get(address)
    client.post(address, ONLINE | {"kind": "sandbox", "source": source.pk})

    assert list(page.context["form"].fields["source"].queryset) == [source]
    assert Tenant.objects.get(identifier="cust12345").source == source


TAKEN = "A tenant with this identifier or serial number is registered already."


@pytest.mark.parametrize(
    ("given", "status", "field", "sentence"),
    [
        pytest.param(
            ONLINE | {"identifier": "CUST70707"}, 409, "identifier", TAKEN, id="taken online"
        ),
        pytest.param(
            ON_PREMISE | {"serial_number": "1000424242"},
            409,
            "serial_number",
            TAKEN,
            id="taken below",
        ),
        pytest.param(
            ONLINE | {"identifier": "12345"},
            422,
            "identifier",
            "Write Cust and a number of at most 12 digits, such as Cust12345.",
            id="no identifier",
        ),
        pytest.param(
            ONLINE | {"identifier": ""},
            422,
            "identifier",
            "A tenant of this deployment is known by it.",
            id="none",
        ),
        pytest.param(
            ONLINE | {"serial_number": "1"},
            422,
            "serial_number",
            "A tenant of this deployment has none.",
            id="online with a serial number",
        ),
        pytest.param(
            ON_PREMISE | {"owner_name": ""},
            422,
            "owner_name",
            "A tenant of this deployment is known by it.",
            id="no owner",
        ),
        pytest.param(
            ON_PREMISE | {"environment": "sod"},
            422,
            "kind",
            "An on-premise tenant is a production one, in production.",
            id="on-premise in SOD",
        ),
        pytest.param(
            ONLINE | {"kind": "sandbox"},
            409,
            "source",
            "A production sandbox is copied from an online production tenant of its customer.",
            id="a sandbox of nothing",
        ),
        pytest.param(
            ONLINE | {"crm_version": "ten"},
            422,
            "crm_version",
            "Write numbers with dots between them, such as 10.3.2.",
            id="no version",
        ),
    ],
)
def test_what_is_refused_registers_nothing(
    client: Client,
    operations: Person,
    tenant: Tenant,
    address: str,
    given: dict[str, str],
    status: int,
    field: str,
    sentence: str,
) -> None:
    TenantFactory(on_premise=True, serial_number="1000424242")
    before = Tenant.objects.count()
    client.force_login(operations)

    response = client.post(address, given)

    assert response.status_code == status
    assert response.context["form"].errors[field] == [sentence]
    assert Tenant.objects.count() == before


def test_only_a_sandbox_is_copied(
    client: Client, operations: Person, tenant: Tenant, address: str
) -> None:
    client.force_login(operations)

    response = client.post(address, ONLINE | {"source": tenant.pk})

    sentence = "Only a production sandbox is copied from a tenant."
    assert response.context["form"].errors["source"] == [sentence]


def test_the_platform_is_told_at_once_what_the_organisation_has(
    client: Client,
    operations: Person,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    address: str,
) -> None:
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=clock.now())
    client.force_login(operations)

    client.post(address, ONLINE)

    registered = Tenant.objects.get(identifier="cust12345")
    assert "licence.granted" in Fact.objects.filter(tenant=registered).values_list(
        "type", flat=True
    )


def test_an_event_of_the_platform_is_believed_from_then_on(
    client: Client, operations: Person, address: str
) -> None:
    event = news.read(
        b'{"id": "018f4d2e-0000-7000-8000-000000000001", "type": "tenant.state",'
        b' "tenant": {"identifier": "Cust12345", "environment": "production"},'
        b' "sequence": 1, "at": "2030-01-01T00:00:00Z", "state": 4}'
    )
    with pytest.raises(receiving.UnknownTenant):
        receiving.receive(event, at=clock.now())
    client.force_login(operations)

    page = client.get(reverse("backoffice:platform")).content.decode()
    client.post(address, ONLINE)
    receiving.receive(event, at=clock.now())

    assert "Events about a tenant that is not registered here are refused." in page
    assert Tenant.objects.get(identifier="cust12345").state == 4


def test_the_customers_page_leads_there(
    client: Client, operations: Person, billing: Person, customer: Organisation, address: str
) -> None:
    of_customer = reverse("backoffice:customer", args=[customer.pk])

    client.force_login(operations)
    mine = client.get(of_customer).content.decode()
    client.force_login(billing)
    of_others = client.get(of_customer).content.decode()

    assert f'href="{address}"' in mine
    assert address not in of_others


def test_a_development_tenant_is_asked_for_by_an_identifier_too(
    client: Client, operations: Person, owner: Person, customer: Organisation
) -> None:
    asked = DevelopmentTenantRequest.objects.create(
        organisation=customer, requested_by=owner, requested_at=clock.now()
    )
    client.force_login(operations)

    response = client.post(
        reverse("backoffice:tenant_request", args=[asked.pk]),
        {"identifier": "Cust1234567890123", "crm_version": "10.3"},
    )

    assert response.status_code == 422
    assert "identifier" in response.context["form"].errors
    assert not Tenant.objects.exists()


@pytest.mark.parametrize("duty", ["sales", "operations"])
def test_the_users_of_a_tenant_change(
    client: Client, request: pytest.FixtureRequest, tenant: Tenant, duty: str
) -> None:
    person = request.getfixturevalue(duty)
    TenantUserPlanFactory(tenant=tenant, plan="complete", users=5)
    address = reverse("backoffice:change_users", args=[tenant.pk])
    client.force_login(person)

    leading = client.get(reverse("backoffice:tenant", args=[tenant.pk])).content.decode()
    shown = client.get(address).context["form"]
    client.post(address, {"users_sales-premium": "12", "users_complete": "0"})

    assert f'href="{address}"' in leading
    assert shown["users_complete"].value() == 5
    assert shown["users_sales-premium"].value() == 0
    assert [(row.plan, row.users) for row in tenant.user_plans.all()] == [("sales-premium", 12)]
    told = History.objects.about(tenant).get(verb="tenant.user_plans_changed")
    assert told.actor == person
    assert told.details == {"from": {"complete": 5}, "to": {"sales-premium": 12}}


def test_fewer_than_no_users_are_refused(
    client: Client, operations: Person, tenant: Tenant
) -> None:
    TenantUserPlanFactory(tenant=tenant, plan="complete", users=5)
    client.force_login(operations)

    response = client.post(
        reverse("backoffice:change_users", args=[tenant.pk]), {"users_complete": "-1"}
    )

    assert response.status_code == 422
    assert tenant.user_plans.get().users == 5
