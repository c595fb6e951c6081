"""A customer that builds for itself (D3.2): its development tenant and its own application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import Duty, OutgoingMail, Role, Tenant
from subscriptions.applications import development_tenants
from subscriptions.applications.models import (
    Application,
    Authorisation,
    DevelopmentTenantRequest,
)
from subscriptions.entitlements import Source
from subscriptions.licences import licences_of
from subscriptions.operations import orders
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX
from tests.factories.subscriptions import ApplicationFactory
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person

ASK = "request_development_tenant"
WANTED = {"purpose": "A link with our warehouse"}


@pytest.mark.parametrize("role", [Role.OWNER, Role.TENANT_ADMINISTRATOR, Role.DEVELOPER])
def test_who_may_ask_for_applications_may_ask_for_a_place_to_build_them(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Callable[..., str],
    role: Role,
) -> None:
    client = browser_of(member_of(role))

    listed = client.get(page("tenant_list")).content.decode()
    answer = client.post(page(ASK), WANTED)

    assert page(ASK) in listed
    assert answer.status_code == 302
    assert DevelopmentTenantRequest.objects.get().purpose == WANTED["purpose"]


@pytest.mark.parametrize("role", [Role.READER, Role.BILLING_CONTACT])
def test_others_may_not(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Callable[..., str],
    role: Role,
) -> None:
    client = browser_of(member_of(role))

    assert page(ASK) not in client.get(page("tenant_list")).content.decode()
    assert client.post(page(ASK), WANTED).status_code == 403
    assert not DevelopmentTenantRequest.objects.exists()


def test_nor_a_partner_for_its_customer(
    browser_of: Callable[[Person], Client],
    partner_of_customer: Membership,
    page: Callable[..., str],
) -> None:
    client = browser_of(partner_of_customer.person)

    assert client.post(page(ASK), WANTED).status_code == 403
    assert not DevelopmentTenantRequest.objects.exists()


def test_staff_see_whose_it_would_be_and_what_is_there(
    browser_of: Callable[[Person], Client],
    app_manager: Person,
    customer: Organisation,
    sod: Tenant,
    owner: Person,
) -> None:
    asked = development_tenants.request(customer, purpose="One more", by=owner, at=NOON)

    shown = browser_of(app_manager).get(f"/backoffice/development-tenants/{asked.pk}/")

    html = shown.content.decode()
    for text in ("Customer", sod.label, "costs nothing"):
        assert text in html, text


def test_it_is_free_and_nothing_is_sold_for_it(
    customer: Organisation, sod: Tenant, owner: Person
) -> None:
    [licence] = licences_of([sod], NOON)[sod.pk]

    assert (licence.product_code, licence.source) == (DEVELOPMENT_TOOLS, Source.DEVELOPER_TENANT)
    for product in (DEVELOPMENT_TOOLS, SANDBOX):
        with pytest.raises(orders.NotEligible):
            orders.subscribe(
                customer,
                product_code=product,
                tenant=sod,
                quantities={"sales-premium": 1} if product == SANDBOX else None,
                by=owner,
                at=NOON,
            )


def test_its_developer_registers_an_application_and_asks_the_own_tenant(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
) -> None:
    client = browser_of(member_of(Role.DEVELOPER))
    typed = {
        "kind": "custom",
        "type": "web",
        "name": "Warehouse labels",
        "technical_contact": "tech@example.com",
    }

    assert client.post(page("application_register"), typed).status_code == 302
    registered = Application.objects.get()
    published = ApplicationFactory(owner=customer, name="Dock planner")
    asked = client.post(page("authorisation_request", published.pk), {"tenant": tenant.pk})

    assert registered.owner == customer
    assert asked.status_code == 302
    assert Authorisation.objects.get().tenant == tenant


@pytest.fixture
def sod(customer: Organisation, owner: Person, app_manager: Person) -> Tenant:
    """Asked for by the customer's owner, granted by the app manager."""
    asked = development_tenants.request(customer, purpose="Building", by=owner, at=NOON)
    granted = development_tenants.grant(
        asked, identifier="Cust70001", crm_version="10.3", by=app_manager, at=NOON
    )
    assert granted.tenant
    assert OutgoingMail.objects.filter(to=owner.email).exists()
    return granted.tenant


def test_who_grants_has_the_duty(customer: Organisation, owner: Person) -> None:
    asked = development_tenants.request(customer, purpose="Building", by=owner, at=NOON)
    sales = PersonFactory(staff=True, duties=[Duty.SALES])

    with pytest.raises(development_tenants.NotYourDuty):
        development_tenants.grant(
            asked, identifier="Cust70001", crm_version="10.3", by=sales, at=NOON
        )

    assert not Tenant.objects.filter(identifier="Cust70001").exists()
