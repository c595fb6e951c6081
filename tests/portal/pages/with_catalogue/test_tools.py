"""What a tenant may really use, as its pages say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import CommercialModel, TenantState, UserPlan
from portal.pages.presenters.tools import PER_PLAN as PER_PLAN_IN_WORDS
from portal.pages.presenters.tools import RIGHTS as RIGHTS_IN_WORDS
from subscriptions.entitlements import PER_PLAN, RIGHTS
from subscriptions.operations import orders
from tests.factories.customers import TenantFactory, TenantUserPlanFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]

TOOLS = "development-tools"


def _card(html: str) -> str:
    """What its reader sees of the tools, one tool after the other."""
    [found] = re.findall(r'<section[^>]*aria-labelledby="tools".*?</section>', html, re.DOTALL)
    return _text(found)


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("&#x27;", "'")


def test_every_tool_of_the_licence_is_available(
    show: Callable[..., str], customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(customer, product_code=TOOLS, tenant=tenant, by=owner, at=NOON)

    card = _card(show("tenant_detail", tenant.pk))

    assert card.count("Available") == 8
    assert "Screen Designer Right needed: Field administrator Available" in card


def test_a_tool_waits_for_its_version_of_the_crm(
    show: Callable[..., str], customer: Organisation, owner: Person
) -> None:
    old = TenantFactory(organisation=customer, crm_version="9.2")
    orders.subscribe(customer, product_code=TOOLS, tenant=old, by=owner, at=NOON)

    card = _card(show("tenant_detail", old.pk))

    assert card.count("Available") == 7
    assert "From CRM 10.0 This tenant has 9.2: upgrade the CRM first." in card


def test_what_people_may_do_follows_their_user_plan(
    show: Callable[..., str], customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(customer, product_code=TOOLS, tenant=tenant, by=owner, at=NOON)
    for plan in (UserPlan.SALES_PREMIUM, UserPlan.STANDARD, UserPlan.SERVICE_PREMIUM):
        TenantUserPlanFactory(tenant=tenant, plan=plan, users=3)
    TenantUserPlanFactory(tenant=tenant, plan=UserPlan.MARKETING_PREMIUM, users=0)

    card = _card(show("tenant_detail", tenant.pk))

    assert "Service Premium: view, edit, search and include in reports" in card
    assert (
        "Sales Premium and Standard: view and edit through web panels, "
        "without search, selections or dashboards"
    ) in card


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        pytest.param("core", "Not in CRM Suite Core It comes with CRM Suite Growth.", id="none"),
        pytest.param("growth", "At most 15 with CRM Suite Growth Available", id="so many"),
        pytest.param("super", "Extra tables Available", id="no limit"),
    ],
)
def test_a_plan_limits_extra_tables(
    show: Callable[..., str], customer: Organisation, plan: str, said: str
) -> None:
    suite = TenantFactory(
        organisation=customer, commercial_model=CommercialModel.CRM_SUITE, crm_suite_plan=plan
    )

    assert said in _card(show("tenant_detail", suite.pk))


def test_without_a_licence_each_tool_leads_to_where_it_can_be_had(
    show: Callable[..., str], customer: Organisation, tenant: Tenant
) -> None:
    html = show("tenant_detail", tenant.pk)

    assert _card(html).count("No licence See how to get it") == 8
    assert reverse("pages:product", args=[customer.pk, TOOLS]) in html


def test_nothing_works_on_a_tenant_that_does_not_run(
    show: Callable[..., str], customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(customer, product_code=TOOLS, tenant=tenant, by=owner, at=NOON)
    tenant.state = TenantState.SUSPENDED
    tenant.save()

    card = _card(show("tenant_detail", tenant.pk))

    assert card.count("Not at this moment The tenant is not running.") == 8
    assert "Available" not in card


@pytest.mark.parametrize(
    ("version", "said"),
    [
        pytest.param(
            "9.2",
            "Screen Designer From CRM 10.0. This tenant has 9.2: upgrade the CRM first. "
            "Right needed: Field administrator",
            id="too low",
        ),
        pytest.param("10.0", "Screen Designer Right needed: Field administrator", id="reached"),
    ],
)
def test_the_review_and_the_subscription_tick_only_what_works(
    client: Client,
    show: Callable[..., str],
    customer: Organisation,
    owner: Person,
    version: str,
    said: str,
) -> None:
    tenant = TenantFactory(organisation=customer, crm_version=version)
    review = show("subscribe_review", TOOLS, query=f"?tenant={tenant.pk}")
    subscription = orders.subscribe(customer, product_code=TOOLS, tenant=tenant, by=owner, at=NOON)

    for html in (review, show("subscription_detail", subscription.pk)):
        assert said in _text(html)
        assert html.count('class="checks__not"') == (1 if version == "9.2" else 0)


def test_whatever_the_rule_says_has_words() -> None:
    assert set(PER_PLAN_IN_WORDS) == {rights for each in PER_PLAN.values() for rights in each}
    assert set(RIGHTS_IN_WORDS) == set(RIGHTS.values())


def test_a_tenant_that_is_gone_has_no_tools_to_get(
    show: Callable[..., str], customer: Organisation
) -> None:
    gone = TenantFactory(organisation=customer, state=TenantState.DELETED)

    html = show("tenant_detail", gone.pk)

    assert 'aria-labelledby="tools"' not in html
    assert "No licence<" not in html


def test_nothing_is_offered_for_a_tenant_that_is_gone(
    show: Callable[..., str], customer: Organisation
) -> None:
    there = show("tenant_detail", TenantFactory(organisation=customer).pk)
    gone = show("tenant_detail", TenantFactory(organisation=customer, state=TenantState.DELETED).pk)

    for offer in ("Add a product", "See what it can have"):
        assert offer in there
        assert offer not in gone
