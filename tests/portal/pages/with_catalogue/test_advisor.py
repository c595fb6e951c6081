from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import TenantState
from portal.pages.presenters.advisor import table
from subscriptions.operations import orders, suspensions
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant

pytestmark = pytest.mark.django_db

CUSTOM = "activate_custom_application"
STANDARD = "publish_standard_application"
SETTINGS = "customise_in_settings"


def ask(show: Callable[..., str], tenant: Tenant, scenario: str, language: str = "en") -> str:
    return show("advisor", query=f"?scenario={scenario}&tenant={tenant.pk}", language=language)


def test_the_table_is_the_seeds() -> None:
    shown = table()

    assert shown.columns == ("Online", "On-premise")
    assert [tuple(answer for _column, answer in row.cells) for row in shown.rows] == [
        ("no", "no"),
        ("no (embedded)", "yes"),
        ("yes", "yes"),
    ]


@pytest.mark.parametrize(
    ("traits", "scenario", "title", "reason"),
    [
        ({}, SETTINGS, "No, you do not need", "is free, wherever the CRM runs"),
        ({}, STANDARD, "No, you do not need", "it is embedded when the CRM runs online"),
        ({}, CUSTOM, "Yes, you need", "only available while a Development Tools subscription"),
        ({"on_premise": True}, SETTINGS, "No, you do not need", "is free"),
        ({"on_premise": True}, STANDARD, "Yes, you need", "every integration or extension"),
        ({"on_premise": True}, CUSTOM, "Yes, you need", "only available while"),
        (
            {"crm_suite_core": True},
            CUSTOM,
            "You need Development Tools, and you have it",
            "already included in your CRM Suite Core plan",
        ),
        ({"crm_suite_starter": True}, CUSTOM, "Yes, you need", "only available while"),
        ({"developer": True}, CUSTOM, "and you have it", "developer tenant (SOD)"),
        ({"state": TenantState.SUSPENDED}, CUSTOM, "Yes, you need", "only available while"),
        ({"state": TenantState.DELETED}, CUSTOM, "Yes, you need", "The tenant is not running."),
        ({"environment": "stage"}, CUSTOM, "Yes, you need", "only for production tenants"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_answer_for_a_tenant_says_why(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    traits: dict[str, bool],
    scenario: str,
    title: str,
    reason: str,
) -> None:
    tenant = TenantFactory(organisation=customer, **traits)

    html = ask(show, tenant, scenario)

    assert title in html
    assert reason in html


def test_the_answer_knows_a_subscription(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    orders.subscribe(customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON)

    html = ask(show, tenant, CUSTOM)

    assert "This tenant has a subscription already." in html
    assert "?tenant=" not in html


@pytest.mark.parametrize(
    ("traits", "is_offered"),
    [({}, True), ({"state": TenantState.DELETED}, False), ({"environment": "stage"}, False)],
    ids=["running", "deleted", "stage"],
)
def test_it_is_offered_only_where_it_can_be_ordered(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    traits: dict[str, object],
    is_offered: bool,
) -> None:
    tenant = TenantFactory(organisation=customer, **traits)

    html = ask(show, tenant, CUSTOM)

    assert (f"?tenant={tenant.pk}" in html) is is_offered


def test_a_suspended_subscription_is_not_having_it(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    subscription = orders.subscribe(
        customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON
    )
    suspensions.suspend(subscription, reason="Not paid", by=owner, at=NOON)

    html = ask(show, tenant, CUSTOM)

    assert "your subscription does not give it now" in html
    assert reverse("pages:subscription_detail", args=[customer.pk, subscription.pk]) in html
    assert "?tenant=" not in html


def test_the_answer_is_in_the_readers_language(
    signed_in: Client, show: Callable[..., str], customer: Organisation
) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_core=True)

    html = ask(show, tenant, CUSTOM, language="nl")

    assert "Het is al inbegrepen in uw plan CRM Suite Core." in html


def test_a_foreign_tenant_or_an_unknown_scenario_gets_no_answer(
    signed_in: Client, show: Callable[..., str], tenant: Tenant
) -> None:
    foreign = TenantFactory(organisation=OrganisationFactory())

    for html in (ask(show, foreign, CUSTOM), ask(show, tenant, "fly")):
        assert "Yes, you need" not in html
        assert "Select a valid choice" in html


def test_without_tenants_the_table_is_left(signed_in: Client, show: Callable[..., str]) -> None:
    html = show("advisor")

    assert "no (embedded)" in html
    assert "No tenant yet" in html
