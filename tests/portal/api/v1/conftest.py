"""A customer in a small shop at noon, its token, and another customer who let nobody in."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client

from customers.models import Organisation, TokenScope
from customers.operations import tokens
from subscriptions.operations import orders
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, open_shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from customers.models import Tenant
    from subscriptions.models import Subscription

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)  # 12:00 in Amsterdam


@dataclass(frozen=True)
class Program:
    """Something that shows a token with every request."""

    secret: str

    def get(self, address: str, **query: Any) -> Any:
        return self._send("get", address, query)

    def delete(self, address: str) -> Any:
        return self._send("delete", address)

    def post(self, address: str, content: Any, *, key: str = "", **headers: str) -> Any:
        return self._send(
            "post",
            address,
            content,
            content_type="application/json",
            headers={"idempotency-key": key or uuid.uuid4().hex} | headers,
        )

    def put(self, address: str, content: Any, **headers: str) -> Any:
        return self._send(
            "put",
            address,
            content,
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def _send(self, method: str, address: str, *args: Any, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {self.secret}"} | more.pop("headers", {})
        client = Client(headers=headers)
        return getattr(client, method)(f"/api/v1/{address}", *args, **more)


def pages_of(program: Program, address: str, **query: Any) -> Iterator[dict[str, Any]]:
    while True:
        page = program.get(address, **query).json()
        yield page
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def subscribed(tenant: Tenant) -> Subscription:
    return orders.subscribe(
        tenant.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=tenant,
        by=PersonFactory(),
        at=NOON,
    )


def waiting_on(tenant: Tenant) -> Subscription:
    """An order that the vendor has not confirmed yet."""
    return orders.subscribe(
        tenant.organisation,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 2},
        by=PersonFactory(),
        at=NOON,
    )


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def program_of(db: None, noon: time_machine.Traveller) -> Callable[..., Program]:
    """A program of the organisation, allowed everything unless said otherwise."""

    def issue(organisation: Organisation, *scopes: TokenScope) -> Program:
        issued = tokens.issue(
            organisation,
            name="Webshop",
            scopes=scopes or list(TokenScope),
            expires_at=NOON + dt.timedelta(days=30),
            by=PersonFactory(name="Els Bakker"),
            at=NOON,
        )
        return Program(issued.secret)

    return issue


@pytest.fixture
def customer(db: None) -> Organisation:
    open_shop()
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")
    MembershipFactory(organisation=organisation)
    return organisation


@pytest.fixture
def stranger(customer: Organisation) -> Organisation:
    """Another customer, who has let nobody in."""
    organisation = OrganisationFactory(dutch=True, name="Ander B.V.")
    MembershipFactory(organisation=organisation)
    return organisation


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Productie", identifier="Cust10001")


@pytest.fixture
def program(customer: Organisation, program_of: Callable[..., Program]) -> Program:
    return program_of(customer)
