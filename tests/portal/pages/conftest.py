"""A customer in a small shop at noon, and somebody signed in there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from customers.models import Duty, Membership, Organisation, Person, Role, Tenant
from subscriptions.operations import orders
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from subscriptions.applications.models import Application, Authorisation
    from subscriptions.models import Subscription

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)  # 12:00 in Amsterdam


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """The clock stands still at noon, until a test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def customer(db: None) -> Organisation:
    open_shop()
    return OrganisationFactory(dutch=True, name="Voorbeeld B.V.")


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Productie", identifier="Cust10001")


@pytest.fixture
def owner(customer: Organisation) -> Person:
    membership = MembershipFactory(
        organisation=customer, role=Role.OWNER, person__name="Els Bakker"
    )
    return membership.person


@pytest.fixture
def app_manager(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.APP_MANAGER])


@pytest.fixture
def browser_of(noon: time_machine.Traveller) -> Callable[[Person], Client]:
    def sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def signed_in(browser_of: Callable[[Person], Client], owner: Person) -> Client:
    """The browser of the customer's owner."""
    return browser_of(owner)


@pytest.fixture
def member_of(customer: Organisation) -> Callable[[Role], Person]:
    """Somebody who has this role at the customer."""

    def join(role: Role) -> Person:
        return MembershipFactory(organisation=customer, role=role).person

    return join


@pytest.fixture
def partner_of_customer(customer: Organisation) -> Membership:
    """The owner of a partner that the customer let in."""
    access = PartnerAccessFactory(customer=customer)
    return MembershipFactory(organisation=access.partner, role=Role.OWNER)


@pytest.fixture
def page(customer: Organisation) -> Callable[..., str]:
    """The address of one of the customer's pages."""

    def address(name: str, *more: object) -> str:
        return reverse(f"pages:{name}", args=[customer.pk, *more])

    return address


@pytest.fixture
def subscription(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )


@pytest.fixture
def application(tenant: Tenant, subscription: Subscription) -> Authorisation:
    """A custom application that works, on the subscription."""
    return AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")


@pytest.fixture
def planner(customer: Organisation) -> Application:
    application: Application = ApplicationFactory(
        standard=True,
        name="Route planner",
        summary="Plans visits on the map",
        owner__name="Planmakers",
        version__capabilities=["webhooks"],
    )
    return application


@pytest.fixture
def basement(customer: Organisation) -> Tenant:
    tenant: Tenant = TenantFactory(organisation=customer, name="Kelder", on_premise=True)
    return tenant


@pytest.fixture
def order(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    """A sandbox for five, which waits for the vendor's yes."""
    return orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 5},
        by=owner,
        at=NOON,
    )
