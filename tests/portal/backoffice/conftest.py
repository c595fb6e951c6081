"""A small shop with one customer, and a member of staff per duty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers import clock
from customers.models import Duty, Organisation, Person, Role, Tenant
from subscriptions.operations import orders
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, open_shop
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


@pytest.fixture
def shop(db: None) -> None:
    open_shop()


@pytest.fixture
def sales(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.SALES], name="Sanne Sales")


@pytest.fixture
def app_manager(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.APP_MANAGER], name="Ali Apps")


@pytest.fixture
def billing(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING], name="Bo Billing")


@pytest.fixture
def operations(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.OPERATIONS], name="Olaf Operations")


@pytest.fixture
def customer(shop: None) -> Organisation:
    return OrganisationFactory(dutch=True, name="Voorbeeld B.V.", customer_number="70001")


@pytest.fixture
def owner(customer: Organisation) -> Person:
    owner: Person = MembershipFactory(
        organisation=customer, role=Role.OWNER, person__name="Eva Eigenaar"
    ).person
    return owner


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Production", identifier="Cust70707")


@pytest.fixture
def subscription(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    """Development Tools, active since just now."""
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=clock.now()
    )


@pytest.fixture
def order(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    """A sandbox with five users, waiting for the vendor's yes: EUR 170.00 a month."""
    return orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 3, "service-premium": 2},
        by=owner,
        at=clock.now(),
    )


@pytest.fixture
def consent(tenant: Tenant, owner: Person) -> Authorisation:
    """A custom application that the customer confirmed."""
    return AuthorisationFactory(
        tenant=tenant,
        application__name="Webshop sync",
        application__owner__name="Helder Advies",
        confirmed=True,
        confirmed_by=owner,
    )
