"""At noon, with a shop in which Development Tools holds all its tools: who asks, about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from billing.metering.operations import credentials
from tests.factories.customers import (
    LONG_AGO,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import open_shop
from tests.portal.api.entitlements.asking import NOON, SCOPE, sell_all_the_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Organisation, Person, Tenant


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def secret(db: None) -> str:
    open_shop()
    sell_all_the_tools()
    by = PersonFactory(staff=True)
    return credentials.issue_for_platform(name="Platform", scope=SCOPE, by=by, at=LONG_AGO).secret


@pytest.fixture
def customer(secret: str) -> Organisation:
    return OrganisationFactory(dutch=True)


@pytest.fixture
def owner(customer: Organisation) -> Person:
    return MembershipFactory(organisation=customer).person


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, identifier="Cust12345")
