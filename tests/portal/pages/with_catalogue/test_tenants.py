from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import TenantState, UserPlan
from portal.pages.presenters.tenants import badge, state_meaning
from subscriptions.operations import orders
from tests.factories.customers import (
    OrganisationFactory,
    TenantFactory,
    TenantUserPlanFactory,
)
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant

pytestmark = pytest.mark.django_db


def test_the_list_says_what_each_tenant_is(
    signed_in: Client, show: Callable[..., str], customer: Organisation, tenant: Tenant
) -> None:
    TenantUserPlanFactory(tenant=tenant, users=12)
    TenantUserPlanFactory(tenant=tenant, plan=UserPlan.SERVICE_PREMIUM, users=30)
    TenantFactory(organisation=customer, name="Kelder", on_premise=True)
    TenantFactory(organisation=customer, name="Proef", sandbox=True, source=tenant)

    html = show("tenant_list")

    for text in ("Cust11111", "Kelder", "On-premise", "Production sandbox", ">42<", "Running"):
        assert text in html, text


def test_the_detail_tells_what_it_may_use_and_what_works_on_it(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    orders.subscribe(customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON)
    let_in = AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")
    TenantUserPlanFactory(tenant=tenant, users=12)

    html = show("tenant_detail", tenant.pk)

    let_in_url = reverse("pages:authorisation_detail", args=[customer.pk, let_in.pk])
    for text in (
        "What it may use now",
        "Until you cancel",
        "€588.00",
        f'href="{let_in_url}">Webshop sync</a>',
        "Available now",
        "Sales Premium",
        "Everything works.",
        "Development Tools on Hoofdkantoor started",
    ):
        assert text in html, text


def test_what_a_plan_includes_is_a_licence_too(
    signed_in: Client, show: Callable[..., str], customer: Organisation
) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_core=True)

    html = show("tenant_detail", tenant.pk)

    assert "Included in CRM Suite Core" in html
    assert "As long as you have the plan" in html


def test_a_tenant_that_does_not_run_says_what_that_means(
    signed_in: Client, show: Callable[..., str], customer: Organisation
) -> None:
    tenant = TenantFactory(organisation=customer, suspended=True)

    assert "Ask your contact to resume it." in show("tenant_detail", tenant.pk)


@pytest.mark.parametrize("state", TenantState)
def test_every_state_has_a_badge_and_a_meaning(state: TenantState, customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, state=state)

    assert badge(tenant).text == str(state.label)
    assert len(state_meaning(tenant)) > 10


def test_the_csv_has_a_row_a_tenant(
    signed_in: Client, customer: Organisation, tenant: Tenant
) -> None:
    response = signed_in.get(
        reverse("pages:tenant_list", args=[customer.pk]) + "?format=csv",
        headers={"accept-language": "nl"},
    )

    lines = response.content.decode().splitlines()
    assert lines[0] == (
        "\ufeffNaam;Identificatie;Installatievorm;Omgeving;Soort;CRM-versie;"
        "Commercieel model;Gebruikers;Status"
    )
    assert lines[1].startswith("Hoofdkantoor;Cust11111;Online;")


def test_a_foreign_tenant_is_not_there(signed_in: Client, customer: Organisation) -> None:
    foreign = TenantFactory(organisation=OrganisationFactory())
    address = reverse("pages:tenant_detail", args=[customer.pk, foreign.pk])

    assert signed_in.get(address).status_code == 404
