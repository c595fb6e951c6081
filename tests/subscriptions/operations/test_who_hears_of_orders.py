"""The page promises whoever orders a letter: they get those that owners get."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers.actors import PLATFORM
from customers.models import Person, Role, TenantState
from subscriptions.models import Subscription
from subscriptions.operations import orders
from subscriptions.operations.tenants import change_state
from tests.factories.customers import MembershipFactory, PartnerAccessFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import confirm_set_up
from tests.letters import receivers
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Tenant

LATER = NOON + dt.timedelta(hours=1)


@pytest.mark.parametrize("who", ["administrator", "partner", "owner"])
def test_who_orders_hears_of_it_as_owners_do(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person, who: str
) -> None:
    buyer = owner
    if who == "administrator":
        buyer = MembershipFactory(organisation=customer, role=Role.TENANT_ADMINISTRATOR).person
    if who == "partner":
        access = PartnerAccessFactory(customer=customer)
        buyer = MembershipFactory(organisation=access.partner).person
    order: dict[str, Any] = {
        "product_code": SANDBOX,
        "tenant": tenant,
        "quantities": {"sales-premium": 1},
    }

    first = orders.subscribe(customer, **order, by=buyer, at=NOON)
    orders.reject(first, reason="Not yet.", by=sales, at=LATER)
    second = orders.subscribe(customer, **order, by=buyer, at=LATER)
    confirm_set_up(second, by=sales, at=LATER)

    both = sorted({owner.email, buyer.email})
    assert receivers("was received") == sorted([*both, *both])
    assert receivers("was not confirmed") == both
    assert receivers("has started") == both


def test_who_ordered_hears_that_it_is_over_too(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    buyer = MembershipFactory(organisation=customer, role=Role.TENANT_ADMINISTRATOR).person
    order: dict[str, Any] = {
        "product_code": SANDBOX,
        "tenant": tenant,
        "quantities": {"sales-premium": 1},
    }

    taken_back = orders.subscribe(customer, **order, by=buyer, at=NOON)
    orders.withdraw(taken_back, by=owner, at=LATER)
    orders.subscribe(customer, **order, by=buyer, at=LATER)
    change_state(tenant, TenantState.DELETED, reason="It is gone.", by=PLATFORM, at=LATER)

    both = sorted({owner.email, buyer.email})
    assert receivers("was withdrawn") == both
    assert receivers("was not confirmed") == both


@pytest.mark.parametrize("gone", ["left", "account shut"])
def test_who_ordered_and_is_let_in_no_more_hears_nothing(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person, gone: str
) -> None:
    buyer = MembershipFactory(organisation=customer, role=Role.TENANT_ADMINISTRATOR)
    order = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 1},
        by=buyer.person,
        at=NOON,
    )
    if gone == "left":
        buyer.delete()
    else:
        Person.objects.filter(pk=buyer.person_id).update(is_active=False)

    confirm_set_up(Subscription.objects.get(pk=order.pk), by=sales, at=LATER)

    assert receivers("has started") == [owner.email]
