"""Staff correct what is known of a tenant, and who advises a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History, PartnerAccess, TenantState
from customers.operations.tenants import change_tenant_state
from tests.factories.customers import OrganisationFactory, TenantFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person, Tenant

KNOWN = {
    "crm_version": "10.4.1",
    "crm_suite_plan": "core",
    "reason": "As their order says",
}


@pytest.fixture
def address(tenant: Tenant) -> str:
    return reverse("backoffice:correct_tenant", args=[tenant.pk])


def facts_of(tenant: Tenant) -> tuple[str, str, str]:
    tenant.refresh_from_db()
    return tenant.crm_version, tenant.commercial_model, tenant.crm_suite_plan


def test_what_is_known_is_corrected_with_a_reason(
    client: Client, operations: Person, tenant: Tenant, address: str
) -> None:
    client.force_login(operations)

    page = client.post(address, KNOWN, follow=True).content.decode()

    assert "What we know of Production (Cust70707) is corrected." in page
    assert facts_of(tenant) == ("10.4.1", "crm_suite", "core")
    told = History.objects.about(tenant).order_by("pk")
    assert [(row.verb, row.actor, row.reason) for row in told] == [
        (verb, operations, "As their order says")
        for verb in ("tenant.upgraded", "tenant.plan_changed")
    ]
    assert "CRM Suite plan of Production (Cust70707) changed" in page
    again = client.get(address).content.decode()
    assert 'value="10.4.1"' in again
    assert '<option value="core" selected>' in again


def test_the_same_again_changes_nothing(
    client: Client, operations: Person, tenant: Tenant, address: str
) -> None:
    client.force_login(operations)
    client.post(address, KNOWN)
    rows = History.objects.count()

    client.post(address, KNOWN)

    assert History.objects.count() == rows


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"reason": ""}, id="no reason"),
        pytest.param({"crm_version": "ten"}, id="version"),
        pytest.param({"crm_suite_plan": "gold"}, id="plan"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_happens(
    client: Client, operations: Person, tenant: Tenant, address: str, wrong: dict[str, Any]
) -> None:
    before = facts_of(tenant)
    client.force_login(operations)

    assert client.post(address, KNOWN | wrong).status_code == 422

    assert facts_of(tenant) == before
    assert not History.objects.exists()


def test_a_deleted_tenant_stays_as_it_was(
    client: Client, operations: Person, tenant: Tenant, address: str
) -> None:
    change_tenant_state(tenant, TenantState.DELETED, by=operations, at=clock.now())
    before = facts_of(tenant)
    client.force_login(operations)

    answer = client.post(address, KNOWN)

    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors() == [
        "This tenant was deleted and does not come back."
    ]
    assert facts_of(tenant) == before


def test_the_users_of_a_deleted_tenant_are_not_changed(
    client: Client, operations: Person, tenant: Tenant
) -> None:
    users = reverse("backoffice:change_users", args=[tenant.pk])
    page = reverse("backoffice:tenant", args=[tenant.pk])
    client.force_login(operations)
    assert users in client.get(page).text
    typed = {bound.html_name: 0 for bound in client.get(users).context["form"]}
    change_tenant_state(tenant, TenantState.DELETED, by=operations, at=clock.now())

    answer = client.post(users, dict.fromkeys(typed, 3))

    assert users not in client.get(page).text
    assert answer.status_code == 409
    assert "This tenant was deleted and does not come back." in answer.text
    assert not tenant.user_plans.exists()


@pytest.fixture
def own_server(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, on_premise=True, serial_number="1184420391")


OF_OWN_SERVER = {"crm_version": "10.3.2", "crm_suite_plan": "", "reason": "Two digits swapped"}


def test_a_server_registered_wrongly_is_named_rightly(
    client: Client, operations: Person, own_server: Tenant
) -> None:
    address = reverse("backoffice:correct_tenant", args=[own_server.pk])
    client.force_login(operations)
    named = {"serial_number": "1184420319", "owner_name": "Waterlelie B.V."}

    page = client.post(address, OF_OWN_SERVER | named, follow=True).content.decode()

    own_server.refresh_from_db()
    assert (own_server.serial_number, own_server.owner_name) == tuple(named.values())
    told = History.objects.get(verb="tenant.identity_corrected")
    assert (told.actor, told.reason) == (operations, "Two digits swapped")
    assert "is known as 1184420319, Waterlelie B.V., not as 1184420391" in page


def test_two_servers_are_not_known_by_one_number(
    client: Client, operations: Person, own_server: Tenant, customer: Organisation
) -> None:
    TenantFactory(organisation=customer, on_premise=True, serial_number="1184420319")
    address = reverse("backoffice:correct_tenant", args=[own_server.pk])
    client.force_login(operations)

    answer = client.post(
        address, OF_OWN_SERVER | {"serial_number": "1184420319", "owner_name": "Waterlelie B.V."}
    )

    assert answer.status_code == 409
    assert answer.context["form"].errors.keys() == {"serial_number"}
    assert "is registered already" in answer.content.decode()
    own_server.refresh_from_db()
    assert own_server.serial_number == "1184420391"
    assert not History.objects.exists()


def test_online_the_platform_says_what_a_tenant_is_called(
    client: Client, operations: Person, tenant: Tenant, address: str
) -> None:
    client.force_login(operations)

    client.post(address, KNOWN | {"serial_number": "1184420319", "owner_name": "Anybody"})

    assert b'name="serial_number"' not in client.get(address).content
    tenant.refresh_from_db()
    assert (tenant.serial_number, tenant.owner_name) == ("", "")


def test_another_partner_advises(client: Client, sales: Person, customer: Organisation) -> None:
    partner = OrganisationFactory(is_partner=True, name="Helder Advies")
    address = reverse("backoffice:change_partner", args=[customer.pk])
    client.force_login(sales)

    for _click in range(2):
        given = {"partner": partner.pk, "reason": "They asked us to"}
        page = client.post(address, given, follow=True).content.decode()

    customer.refresh_from_db()
    assert customer.partner == partner
    told = History.objects.get(verb="organisation.partner_changed")
    assert (told.actor, told.reason) == (sales, "They asked us to")
    assert "Another partner gives advice" in page
    assert not PartnerAccess.objects.exists()

    client.post(address, {"partner": "", "reason": "They ended it"})

    customer.refresh_from_db()
    assert customer.partner is None


def test_a_customer_advises_nobody(client: Client, sales: Person, customer: Organisation) -> None:
    other = OrganisationFactory(dutch=True)
    client.force_login(sales)

    answer = client.post(
        reverse("backoffice:change_partner", args=[customer.pk]),
        {"partner": other.pk, "reason": "By mistake"},
    )

    assert answer.status_code == 422
    customer.refresh_from_db()
    assert customer.partner is None
