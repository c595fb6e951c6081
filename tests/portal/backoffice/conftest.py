"""A small shop with one customer, and a member of staff per duty."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine

from billing.operations import runs
from catalog.models import Seller
from customers import clock
from customers.models import Duty, Organisation, Person, Role, Tenant
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, open_shop
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from billing.models import BillingRun
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOVEMBER = Month(2030, 11)


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
def signed_in(client: Client, billing: Person) -> Iterator[Client]:
    """Of billing, in January: the last quarter of the year before is over."""
    with time_machine.travel(dt.datetime(2027, 1, 15, 11, 0, tzinfo=dt.UTC), tick=False):
        client.force_login(billing)
        yield client


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


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that a worker was woken for; none is there in these tests."""
    woken: list[int] = []
    monkeypatch.setattr("billing.tasks.work_on_run.delay", woken.append)
    return woken


@pytest.fixture
def seller(shop: None) -> Seller:
    """On 4 November 2030 at noon: the month has begun and was not invoiced."""
    clock.move_to(dt.datetime(2030, 11, 4, 12, 0, tzinfo=AMSTERDAM))
    return Seller.objects.get(code="nl")


@pytest.fixture
def customers(seller: Seller) -> list[Organisation]:
    """Three with Development Tools since 16 October: Dutch, German, and one to be held."""
    started = dt.datetime(2030, 10, 16, 12, 0, tzinfo=AMSTERDAM)
    found: list[Organisation] = [
        OrganisationFactory(dutch=True, name="Alfa B.V."),
        OrganisationFactory(german=True, name="Beta GmbH"),
        OrganisationFactory(german=True, name="Gamma GmbH", vat_number=""),
    ]
    for organisation in found:
        orders.subscribe(
            organisation,
            product_code=DEVELOPMENT_TOOLS,
            tenant=TenantFactory(organisation=organisation),
            by=MembershipFactory(organisation=organisation).person,
            at=started,
        )
    return found


@pytest.fixture
def finished(seller: Seller, customers: list[Organisation]) -> BillingRun:
    return runs.complete(runs.open_run(seller, NOVEMBER, at=clock.now()), at=clock.now())
