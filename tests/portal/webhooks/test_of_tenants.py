"""Developers are told what happens to tenants on which an application of theirs is active."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from customers.actors import PLATFORM
from customers.history import record
from customers.models import TenantState
from portal.webhooks.event_types import EVENT_TYPES, OF_TENANTS
from portal.webhooks.models import Event
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.payloads import schema_of
from subscriptions.applications import operations
from subscriptions.operations.tenants import change_state
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.subscriptions import AuthorisationFactory
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from customers.models import Organisation, Tenant
    from subscriptions.applications.models import Authorisation

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
DETAILS: dict[str, dict[str, str]] = {
    "tenant.state_changed": {"from": "running", "to": "suspended"},
    "tenant.upgraded": {"from": "10.2", "to": "10.3"},
    "tenant.moved": {"public_endpoint": "https://eu2.example.com"},
    "tenant.backup_restored": {},
}


@pytest.fixture
def let_in() -> Authorisation:
    let_in = AuthorisationFactory(active=True)
    EndpointFactory(organisation=let_in.application.owner)
    return let_in


def happens(tenant: Tenant, verb: str, *, reason: str = "") -> None:
    record(
        tenant,
        verb,
        organisation=tenant.organisation,
        tenant=tenant,
        by=PLATFORM,
        at=AT,
        reason=reason,
        details=DETAILS.get(verb, {}),
    )


def told(organisation: Organisation) -> list[dict[str, Any]]:
    dispatch(at=AT)
    found = Event.objects.of(organisation).order_by("sequence")
    return [json.loads(each.body) for each in found]


def test_these_are_all() -> None:
    assert DETAILS.keys() == OF_TENANTS


@pytest.mark.parametrize("verb", DETAILS)
def test_whose_tenant_and_what_and_not_why(let_in: Authorisation, verb: str) -> None:
    customer = let_in.tenant.organisation
    EndpointFactory(organisation=customer)

    happens(let_in.tenant, verb, reason="Invoice 7 is unpaid")

    [message] = told(let_in.application.owner)
    Draft202012Validator(schema_of(EVENT_TYPES[verb])).validate(message)
    data = message["data"]
    assert (message["type"], data["tenant"]["id"]) == (verb, let_in.tenant_id)
    assert data["customer"] == {
        "customer_number": customer.customer_number,
        "name": customer.name,
    }
    assert data["reason"] == ""
    assert {name: data[name] for name in DETAILS[verb]} == DETAILS[verb]
    [own] = told(customer)
    assert (own["data"]["customer"], own["data"]["reason"]) == (None, "Invoice 7 is unpaid")


@pytest.mark.parametrize("status", ["requested", "confirmed", "needs_reapproval", "revoked"])
def test_nothing_where_it_is_not_active(status: str) -> None:
    closed_at = AT if status == "revoked" else None
    let_in = AuthorisationFactory(active=True, status=status, closed_at=closed_at)
    EndpointFactory(organisation=let_in.application.owner)

    happens(let_in.tenant, "tenant.upgraded")

    assert told(let_in.application.owner) == []


def test_nothing_of_a_tenant_beside_it_nor_of_its_plans(let_in: Authorisation) -> None:
    happens(AuthorisationFactory(active=True).tenant, "tenant.upgraded")
    happens(let_in.tenant, "tenant.plan_changed")
    happens(let_in.tenant, "tenant.user_plans_changed")

    assert told(let_in.application.owner) == []


def test_a_suspension_is_told_and_nothing_once_it_was_revoked(let_in: Authorisation) -> None:
    owner = MembershipFactory(organisation=let_in.tenant.organisation, role="owner").person
    change_state(let_in.tenant, TenantState.SUSPENDED, by=PLATFORM, at=AT)
    operations.revoke(let_in, reason="Enough", by=owner, at=AT)

    change_state(let_in.tenant, TenantState.RUNNING, by=PersonFactory(staff=True), at=AT)

    assert [each["type"] for each in told(let_in.application.owner)] == [
        "tenant.state_changed",
        "authorisation.suspended",
        "authorisation.revoked",
    ]


def test_two_applications_of_one_developer_are_one_message(let_in: Authorisation) -> None:
    AuthorisationFactory(
        active=True, tenant=let_in.tenant, application__owner=let_in.application.owner
    )

    happens(let_in.tenant, "tenant.moved")

    assert len(told(let_in.application.owner)) == 1
