"""While the subscription is suspended the CRM Suite plan alone lets applications work, or not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.idp.oidc.models import Token

from customers.actors import PLATFORM
from customers.models import CrmSuitePlan, Environment, History, TenantState
from subscriptions.applications import credentials, tokens
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.operations import orders, plans, suspensions, tenants
from subscriptions.provisioning.models import Fact
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, include_in
from tests.factories.subscriptions import AuthorisationFactory
from tests.letters import subjects
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

MINUTE = dt.timedelta(minutes=1)
ALL = ["starter", "core", "growth", "plus", "super"]
STOPPED = "Webshop sync has stopped on a tenant for now"
WORKS = "Webshop sync works on a tenant from now on"


@pytest.fixture
def suspended(customer: Organisation, tenant: Tenant, owner: Person, sales: Person) -> Subscription:
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    return suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON)


@pytest.fixture
def let_in(tenant: Tenant, suspended: Subscription) -> Authorisation:
    return AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")


def put_on(tenant: Tenant, plan: CrmSuitePlan | None, at: dt.datetime) -> None:
    plans.change_suite_plan(tenant, plan, by=PLATFORM, at=at)


def token_of(authorisation: Authorisation, by: Person, at: dt.datetime) -> str:
    issued = credentials.create(authorisation.application, Environment.PRODUCTION, by=by, at=at)
    value = tokens.new_value()
    tokens.issue(
        issued.credential.secrets.get(),
        tenant=authorisation.tenant.identifier,
        value=value,
        scopes=[],
        now=lambda: at,
    )
    return value


def told() -> list[str]:
    """Of the application; of its credentials they are told as well."""
    return [each for each in subjects("developer@example.com") if " tenant " in each]


def facts_since(number: int, tenant: Tenant) -> list[str]:
    rows = Fact.objects.of(tenant).filter(sequence__gt=number).order_by("sequence")
    return [fact.type for fact in rows if fact.subject != "settings"]


def last_number(tenant: Tenant) -> int:
    return Fact.objects.of(tenant).latest("sequence").sequence


def test_a_smaller_plan_ends_tokens_for_good_and_is_told(
    let_in: Authorisation, suspended: Subscription, tenant: Tenant, owner: Person, sales: Person
) -> None:
    put_on(tenant, CrmSuitePlan.CORE, NOON)
    value = token_of(let_in, owner, NOON)
    assert tokens.recognise(value, at=NOON)

    put_on(tenant, CrmSuitePlan.STARTER, NOON + MINUTE)

    assert not Token.objects.exists()
    assert told() == [STOPPED]
    let_in.refresh_from_db()
    assert let_in.status == AuthorisationStatus.ACTIVE

    suspensions.resume(suspended, by=sales, at=NOON + 2 * MINUTE)

    assert tokens.recognise(value, at=NOON + 2 * MINUTE) is None
    assert told() == [STOPPED, WORKS]


def test_a_plan_that_lets_it_work_again_is_told(let_in: Authorisation, tenant: Tenant) -> None:
    put_on(tenant, CrmSuitePlan.STARTER, NOON)
    assert told() == [STOPPED]

    put_on(tenant, CrmSuitePlan.CORE, NOON + MINUTE)

    assert told() == [STOPPED, WORKS]
    verbs = History.objects.about(let_in).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["authorisation.suspended", "authorisation.resumed"]


def test_the_catalogue_changes_the_same(
    customer: Organisation, owner: Person, sales: Person
) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_starter=True)
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    let_in = AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON)
    assert told() == [STOPPED]
    assert plans.follow_plans(at=NOON) == 0
    before = last_number(tenant)

    include_in(ALL)
    assert plans.follow_plans(at=NOON) == 1
    assert told() == [STOPPED, WORKS]
    assert facts_since(before, tenant) == ["application.activated", "licence.granted"]
    assert plans.follow_plans(at=NOON) == 0
    value = token_of(let_in, owner, NOON)
    before = last_number(tenant)

    include_in(["core"])
    assert plans.follow_plans(at=NOON + MINUTE) == 1

    assert tokens.recognise(value, at=NOON + MINUTE) is None
    assert not Token.objects.exists()
    assert told() == [STOPPED, WORKS, STOPPED]
    assert facts_since(before, tenant) == ["application.deactivated", "licence.revoked"]
    assert plans.follow_plans(at=NOON + MINUTE) == 0


def test_what_does_not_run_or_is_over_is_nothing_to_follow(
    customer: Organisation, owner: Person, sales: Person
) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_starter=True)
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    AuthorisationFactory(active=True, tenant=tenant, valid_until=NOON)
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON)
    stands_still = TenantFactory(organisation=customer, crm_suite_core=True, suspended=True)
    AuthorisationFactory(active=True, tenant=stands_still, told_stopped_at=NOON)

    assert plans.follow_plans(at=NOON) == 0
    assert told() == []


def test_a_maintenance_is_not_followed_again_and_again(
    let_in: Authorisation, suspended: Subscription, tenant: Tenant
) -> None:
    put_on(tenant, CrmSuitePlan.CORE, NOON)
    tenants.change_state(tenant, TenantState.OFFLINE_MAINTENANCE, by=PLATFORM, at=NOON)
    before = told()

    include_in(["growth"])
    assert plans.follow_plans(at=NOON) == 0
    assert told() == before

    tenants.change_state(tenant, TenantState.RUNNING, by=PLATFORM, at=NOON + MINUTE)
    assert plans.follow_plans(at=NOON + MINUTE) == 1
    assert told() == [*before, STOPPED]
    assert plans.follow_plans(at=NOON + MINUTE) == 0
