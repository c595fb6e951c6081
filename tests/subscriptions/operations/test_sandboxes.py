"""A sandbox is a tenant: registered when its order is confirmed, or used again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import History, OutgoingMail, Tenant, TenantKind, TenantState
from customers.operations.tenants import TenantAlreadyRegistered
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.licences import products_of
from subscriptions.lifecycle import Status
from subscriptions.operations import orders, suspensions
from subscriptions.operations.sandboxes import (
    SandboxNotSetUp,
    SandboxThereAlready,
    SetUp,
    sandbox_of,
    waits_for_set_up,
)
from subscriptions.operations.tenants import DeletionChanged, change_state, delete, deletion
from subscriptions.provisioning.models import Fact
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM
from tests.factories.subscriptions import (
    AuthorisationFactory,
    cancel_as_read,
)
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person
    from subscriptions.models import Subscription

LATER = NOON + dt.timedelta(hours=1)
MADE = SetUp(identifier="Cust34506", crm_version="10.4.1")


def ordered(tenant: Tenant, owner: Person, at: dt.datetime = NOON) -> Subscription:
    return orders.subscribe(
        tenant.organisation,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 3},
        by=owner,
        at=at,
    )


@pytest.fixture
def order(tenant: Tenant, owner: Person) -> Subscription:
    return ordered(tenant, owner)


@pytest.fixture
def sandbox(order: Subscription, sales: Person) -> Tenant:
    confirmed = orders.confirm(order, set_up=MADE, by=sales, at=LATER)
    found = sandbox_of(confirmed)
    assert found is not None
    return found


def test_a_confirmation_registers_the_sandbox(
    sandbox: Tenant, order: Subscription, tenant: Tenant, customer: Organisation, sales: Person
) -> None:
    assert (sandbox.identifier, sandbox.crm_version) == ("Cust34506", "10.4.1")
    assert (sandbox.kind, sandbox.source) == (TenantKind.SANDBOX, tenant)
    assert (sandbox.organisation, sandbox.state) == (customer, TenantState.RUNNING)
    assert [(each.plan, each.users) for each in sandbox.user_plans.all()] == [("sales-premium", 3)]
    told = History.objects.about(sandbox).get()
    assert (told.verb, told.actor, told.at) == ("tenant.registered", sales, LATER)
    order.refresh_from_db()
    assert order.status == Status.ACTIVE


def test_its_owners_read_which_one_it_is(sandbox: Tenant) -> None:
    assert sandbox.label in OutgoingMail.objects.latest("pk").body


def test_development_tools_are_ordered_for_the_sandbox_itself(
    sandbox: Tenant, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(
        sandbox.organisation, product_code=DEVELOPMENT_TOOLS, tenant=sandbox, by=owner, at=LATER
    )

    assert DEVELOPMENT_TOOLS in products_of(sandbox, LATER)
    assert DEVELOPMENT_TOOLS not in products_of(tenant, LATER)


def test_the_platform_is_told_what_the_organisation_has_there(
    order: Subscription, customer: Organisation, owner: Person, sales: Person
) -> None:
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)

    orders.confirm(order, set_up=MADE, by=sales, at=LATER)

    told = Fact.objects.filter(tenant__identifier=MADE.identifier)
    subjects = [f"licence:{SANDBOX}", f"licence:{SCIM}", "settings"]
    assert [fact.subject for fact in told] == subjects


def test_without_a_sandbox_nothing_is_confirmed(order: Subscription, sales: Person) -> None:
    with pytest.raises(SandboxNotSetUp):
        orders.confirm(order, by=sales, at=LATER)

    order.refresh_from_db()
    assert order.status == Status.REQUESTED


def test_an_identifier_that_is_taken_is_refused_and_nothing_happens(
    order: Subscription, sales: Person
) -> None:
    TenantFactory(identifier="CUST34506")
    letters = OutgoingMail.objects.count()

    with pytest.raises(TenantAlreadyRegistered):
        orders.confirm(order, set_up=MADE, by=sales, at=LATER)

    order.refresh_from_db()
    assert (order.status, order.starts_at) == (Status.REQUESTED, None)
    assert sandbox_of(order) is None
    assert OutgoingMail.objects.count() == letters


def again(sandbox: Tenant, order: Subscription, owner: Person) -> Subscription:
    order.refresh_from_db()
    cancel_as_read(order, at=LATER)
    assert sandbox.source is not None
    return ordered(sandbox.source, owner, LATER)


def test_the_sandbox_that_is_there_is_used_again(
    sandbox: Tenant, order: Subscription, owner: Person, sales: Person
) -> None:
    second = again(sandbox, order, owner)
    assert not waits_for_set_up(second)

    orders.confirm(second, by=sales, at=LATER)

    assert sandbox_of(second) == sandbox
    assert Tenant.objects.filter(kind=TenantKind.SANDBOX).count() == 1


def test_another_one_beside_it_is_refused(
    sandbox: Tenant, order: Subscription, owner: Person, sales: Person
) -> None:
    second = again(sandbox, order, owner)

    with pytest.raises(SandboxThereAlready):
        orders.confirm(
            second, set_up=SetUp(identifier="Cust99", crm_version="10.4"), by=sales, at=LATER
        )

    second.refresh_from_db()
    assert second.status == Status.REQUESTED


def test_what_is_gone_for_good_is_not_used_again(
    sandbox: Tenant, tenant: Tenant, owner: Person, sales: Person
) -> None:
    change_state(sandbox, TenantState.DELETED, by=PLATFORM, at=LATER)
    second = ordered(tenant, owner, LATER)
    assert waits_for_set_up(second)

    made = SetUp(identifier="Cust34507", crm_version="10.4.1")
    orders.confirm(second, set_up=made, by=sales, at=LATER)

    found = sandbox_of(second)
    assert found is not None
    assert found.identifier == "Cust34507"


@pytest.mark.parametrize("goes", ["there", "by hand", "the other one"])
def test_its_deletion_ends_what_it_came_with(
    sandbox: Tenant, order: Subscription, tenant: Tenant, sales: Person, goes: str
) -> None:
    """And not the guess: the platform may make another copy of the same tenant."""
    other = TenantFactory(organisation=tenant.organisation, sandbox=True, source=tenant)
    gone = other if goes == "the other one" else sandbox
    found = deletion(gone, at=LATER)
    assert found.ending == (() if gone is other else (order,))

    if goes == "by hand":
        delete(gone, confirmed=found.fingerprint, reason="Asked for", by=sales, at=LATER)
    else:
        change_state(gone, TenantState.DELETED, by=PLATFORM, at=LATER)

    order.refresh_from_db()
    assert order.delivered_tenant == sandbox
    if gone is other:
        assert (order.status, order.ends_at) == (Status.ACTIVE, None)
    else:
        assert (order.status, order.ends_at) == (Status.ENDED, LATER)


def test_a_confirmation_between_reading_and_deleting_is_read_first(
    order: Subscription, tenant: Tenant, sales: Person
) -> None:
    there = TenantFactory(organisation=tenant.organisation, sandbox=True, source=tenant)
    read = deletion(there, at=LATER)
    orders.confirm(order, by=sales, at=LATER)

    with pytest.raises(DeletionChanged):
        delete(there, confirmed=read.fingerprint, reason="Asked for", by=sales, at=LATER)

    there.refresh_from_db()
    assert there.state == TenantState.RUNNING


def test_its_end_stops_nothing_of_suspended_tools(
    sandbox: Tenant, tenant: Tenant, owner: Person, sales: Person
) -> None:
    tools = orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=LATER
    )
    let_in = AuthorisationFactory(active=True, tenant=tenant)
    suspensions.suspend(tools, reason="Unpaid", by=sales, at=LATER)

    change_state(sandbox, TenantState.DELETED, by=PLATFORM, at=LATER)

    let_in.refresh_from_db()
    assert let_in.status == AuthorisationStatus.ACTIVE


def test_the_end_of_the_subscription_leaves_the_state_to_the_platform(
    sandbox: Tenant, order: Subscription
) -> None:
    order.refresh_from_db()
    cancel_as_read(order, at=LATER)

    sandbox.refresh_from_db()
    assert sandbox.state == TenantState.RUNNING
    assert sandbox_of(order) == sandbox
