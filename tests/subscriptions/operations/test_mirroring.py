"""A custom application with mirroring lives on two subscriptions: either end stops it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.invariants import applications as invariant
from customers.actors import PLATFORM
from customers.models import CrmSuitePlan, OutgoingMail
from subscriptions import queries
from subscriptions.applications import operations, staff_queries
from subscriptions.applications.availability import availability, verdict_on
from subscriptions.applications.coming_back import waits_for_its_licence
from subscriptions.applications.verdicts import Obstacle
from subscriptions.operations import orders, plans, suspensions
from subscriptions.operations.cancellations import CancelWhen, consequences
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, MIRRORING, include_in, sell_mirroring
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
STOPPED = "BI copy has stopped on a tenant"


@pytest.fixture(autouse=True)
def _mirroring_is_sold(shop: None) -> None:
    sell_mirroring()


def order(tenant: Tenant, product: str, at: dt.datetime = NOON) -> Subscription:
    return orders.subscribe(
        tenant.organisation, product_code=product, tenant=tenant, by=PersonFactory(), at=at
    )


def state_of(authorisation: Authorisation) -> tuple[str, str]:
    authorisation.refresh_from_db()
    return authorisation.status, authorisation.deactivation


def let_in(tenant: Tenant, name: str = "BI copy", **fields: object) -> Authorisation:
    return AuthorisationFactory(
        tenant=tenant,
        application__name=name,
        application__version__capabilities=["mirroring"],
        **({"active": True, "agreed_capabilities": ["mirroring"], "confirmed_at": NOON} | fields),
    )


@pytest.fixture
def tools(tenant: Tenant) -> Subscription:
    return order(tenant, DEVELOPMENT_TOOLS)


@pytest.fixture
def mirroring(tenant: Tenant) -> Subscription:
    return order(tenant, MIRRORING)


@pytest.fixture
def copy(tenant: Tenant, tools: Subscription, mirroring: Subscription) -> Authorisation:
    return let_in(tenant)


@pytest.fixture
def sync(tenant: Tenant) -> Authorisation:
    """Custom as well, and without mirroring."""
    return AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")


def test_cancelling_names_it_and_ends_it_and_nothing_else(
    copy: Authorisation, sync: Authorisation, mirroring: Subscription, tools: Subscription
) -> None:
    read = consequences(mirroring, when=CancelWhen.NOW, at=NOON + HOUR)
    assert read.applications == (copy,)
    assert staff_queries.stopping_with(mirroring, NOON) == [copy]
    assert set(staff_queries.stopping_with(tools, NOON)) == {copy, sync}
    assert [each.authorisation for each in queries.applications_on(mirroring, NOON)] == [copy]
    counted = [each.applications for each in queries.held_all([tools, mirroring], NOON)]
    assert counted == [2, 1]

    cancel_as_read(mirroring, at=NOON + HOUR)

    assert state_of(copy) == ("deactivated", "licence_ended")
    assert state_of(sync) == ("active", "")
    assert verdict_on(copy, NOON + HOUR).reason == "licence_ended"
    assert waits_for_its_licence(copy, NOON + 30 * DAY)
    assert not waits_for_its_licence(copy, NOON + 32 * DAY)


def test_the_end_of_the_tools_stops_both(
    copy: Authorisation, sync: Authorisation, tools: Subscription, mirroring: Subscription
) -> None:
    cancel_as_read(tools, at=NOON + HOUR)

    assert {state_of(each) for each in (copy, sync)} == {("deactivated", "licence_ended")}
    assert queries.gains(mirroring.product_version, copy.tenant, NOON + DAY).back_unasked == ()
    assert set(queries.gains(tools.product_version, copy.tenant, NOON + DAY).back_unasked) == {
        copy,
        sync,
    }


@pytest.mark.parametrize("first", [DEVELOPMENT_TOOLS, MIRRORING])
def test_it_comes_back_with_the_second_of_them(
    first: str,
    copy: Authorisation,
    tenant: Tenant,
    tools: Subscription,
    mirroring: Subscription,
) -> None:
    cancel_as_read(mirroring, at=NOON + HOUR)
    cancel_as_read(tools, at=NOON + HOUR)
    second = MIRRORING if first == DEVELOPMENT_TOOLS else DEVELOPMENT_TOOLS

    order(tenant, first, NOON + DAY)
    assert state_of(copy) == ("deactivated", "licence_ended")

    order(tenant, second, NOON + 2 * DAY)
    assert state_of(copy) == ("active", "")
    assert availability(copy, NOON + 2 * DAY).available


def test_while_the_tools_are_suspended_the_end_of_mirroring_stops_no_other(
    copy: Authorisation,
    sync: Authorisation,
    tools: Subscription,
    mirroring: Subscription,
    sales: Person,
) -> None:
    suspensions.suspend(tools, reason="Unpaid", by=sales, at=NOON + HOUR)

    cancel_as_read(mirroring, at=NOON + 2 * HOUR)

    assert state_of(copy) == ("deactivated", "licence_ended")
    assert state_of(sync) == ("active", "")

    suspensions.resume(tools, by=sales, at=NOON + DAY)
    assert state_of(copy) == ("deactivated", "licence_ended")


def test_suspended_mirroring_keeps_consent_and_says_so(
    copy: Authorisation, sync: Authorisation, mirroring: Subscription, sales: Person
) -> None:
    assert list(invariant.check(at=NOON)) == []

    suspensions.suspend(mirroring, reason="Unpaid", by=sales, at=NOON + HOUR)

    assert state_of(copy) == ("active", "")
    assert availability(copy, NOON + HOUR).obstacle is Obstacle.MIRRORING_MISSING
    assert verdict_on(copy, NOON + HOUR).reason == "mirroring_missing"
    assert availability(sync, NOON + HOUR).available
    assert list(invariant.check(at=NOON + HOUR)) == []

    suspensions.resume(mirroring, by=sales, at=NOON + DAY)
    assert availability(copy, NOON + DAY).available


def test_one_that_was_let_in_without_its_licence_is_noticed(
    tenant: Tenant, tools: Subscription
) -> None:
    found = let_in(tenant)

    told = list(invariant.check(at=NOON))

    assert told == [f"authorisation {found.pk} on tenant {tenant.pk}: database-mirroring"]


def test_granted_without_mirroring_it_waits_for_that_and_says_so(
    tenant: Tenant, tools: Subscription, app_manager: Person
) -> None:
    asked = let_in(
        tenant, active=False, confirmed=True, confirmed_by=PersonFactory(), status="confirmed"
    )
    [consent] = staff_queries.with_licences([asked], NOON)
    assert consent.missing == {MIRRORING}

    operations.grant(asked, by=app_manager, at=NOON)

    assert state_of(asked) == ("deactivated", "licence_missing")
    assert verdict_on(asked, NOON).reason == "mirroring_missing"
    letter = OutgoingMail.objects.get(to="developer@example.com")
    assert "It starts working with the subscription to Database Mirroring, which" in letter.body

    order(tenant, MIRRORING, NOON + DAY)
    assert state_of(asked) == ("active", "")


def test_a_plan_without_mirroring_stops_it_alone(customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_super=True)
    copy = let_in(tenant)
    sync = AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")

    plans.change_suite_plan(tenant, CrmSuitePlan.PLUS, by=PLATFORM, at=NOON)

    assert state_of(copy) == ("deactivated", "plan_changed")
    assert state_of(sync) == ("active", "")
    letter = OutgoingMail.objects.get(to="developer@example.com", subject=STOPPED)
    assert "the CRM Suite plan there no longer includes Database Mirroring" in letter.body
    assert plans.follow_plans(at=NOON) == 0

    plans.change_suite_plan(tenant, CrmSuitePlan.SUPER, by=PLATFORM, at=NOON + HOUR)
    assert state_of(copy) == ("active", "")


def test_a_plan_that_gives_the_tools_waits_for_mirroring_too(customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_starter=True)
    copy = let_in(
        tenant, status="deactivated", deactivation="licence_missing", closed_at=NOON - HOUR
    )

    include_in(["starter", "core", "growth", "plus", "super"])
    assert plans.follow_plans(at=NOON) == 0
    assert state_of(copy) == ("deactivated", "licence_missing")

    order(tenant, MIRRORING)
    assert state_of(copy) == ("active", "")


def test_what_the_catalogue_includes_is_followed_for_each_product(customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_super=True)
    copy = let_in(tenant)

    include_in([], MIRRORING)
    assert plans.follow_plans(at=NOON) == 1
    assert state_of(copy) == ("deactivated", "plan_changed")
    assert plans.follow_plans(at=NOON) == 0

    include_in(["super"], MIRRORING)
    assert plans.follow_plans(at=NOON + HOUR) == 1
    assert state_of(copy) == ("active", "")
    assert plans.follow_plans(at=NOON + HOUR) == 0
