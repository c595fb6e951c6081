from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import Duty, Organisation, Person, Role, Tenant
from subscriptions.operations import orders
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from subscriptions.applications.models import Application, Authorisation
    from subscriptions.models import Subscription

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)  # 12:00 in Amsterdam


@pytest.fixture
def shop(db: None) -> None:
    open_shop()


@pytest.fixture
def customer(shop: None) -> Organisation:
    return OrganisationFactory(dutch=True, name="Voorbeeld B.V.")


@pytest.fixture
def owner(customer: Organisation) -> Person:
    return MembershipFactory(organisation=customer, role=Role.OWNER).person


@pytest.fixture
def administrator(customer: Organisation) -> Person:
    return MembershipFactory(organisation=customer, role=Role.TENANT_ADMINISTRATOR).person


@pytest.fixture
def sales() -> Person:
    return PersonFactory(staff=True, duties=[Duty.SALES])


@pytest.fixture
def app_manager() -> Person:
    return PersonFactory(staff=True, duties=[Duty.APP_MANAGER])


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Production")


@pytest.fixture
def on_premise(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Basement", on_premise=True)


@pytest.fixture
def subscription(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    """Development Tools on the tenant, since noon."""
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )


@pytest.fixture
def planner(shop: None) -> Application:
    application: Application = ApplicationFactory(standard=True, name="Route planner")
    return application


@pytest.fixture
def custom_application(tenant: Tenant) -> Authorisation:
    """Asked for, and not decided."""
    return AuthorisationFactory(tenant=tenant, application__name="Webshop sync")
