"""An application's call to the platform works exactly as long as the portal allows it."""

from __future__ import annotations

import dataclasses
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from customers import clock
from customers.actors import PLATFORM
from customers.models import TenantState
from subscriptions.operations import tenants
from subscriptions.provisioning import delivery, facts
from tests.portal.api.oauth_world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.live_server_helper import LiveServer

    from portal.operation_center.server import OperationCenter


@pytest.fixture
def world(
    transactional_db: None,
    operation_center: OperationCenter,
    known: Callable[..., None],
    live_server: LiveServer,
) -> World:
    world = World()
    issued = credentials.issue_for_platform(
        name="Operation Center",
        scope=ApiCredential.Scope.TOKENS_INTROSPECT,
        by=world.developer,
        at=world.at,
    )
    operation_center.settings = dataclasses.replace(
        operation_center.settings, portal=live_server.url, credential=issued.secret
    )
    known(world.tenant)
    with transaction.atomic():
        facts.tell([world.tenant.pk], at=clock.now())  # the factory's authorisation told nobody
    return world


def deliver() -> None:
    delivery.deliver_due(now=clock.now, real_now=clock.real_now)


def contacts(center: OperationCenter, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{center.url}/contacts", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["contacts"]
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_a_call_needs_a_token_and_a_fact_and_ends_with_the_subscription(
    operation_center: OperationCenter, world: World
) -> None:
    token = world.token()

    assert contacts(operation_center) == 401
    assert contacts(operation_center, "made-up") == 401
    assert contacts(operation_center, token) == 403  # the fact has not arrived
    deliver()
    assert contacts(operation_center, token) == 200

    world.cancel_now()
    assert contacts(operation_center, token) == 401  # before any fact arrives
    deliver()
    held = operation_center.kept.tenant("production", "Cust12345")
    assert held is not None
    assert not any(subject.startswith("application:") for subject in held.holds)


def test_a_suspended_tenant_and_a_silent_portal_allow_nothing(
    operation_center: OperationCenter, world: World
) -> None:
    deliver()
    token = world.token()
    tenants.change_state(world.tenant, TenantState.SUSPENDED, by=PLATFORM, at=clock.now())
    assert contacts(operation_center, token) == 401

    operation_center.settings = dataclasses.replace(
        operation_center.settings, portal="http://127.0.0.1:9"
    )
    assert contacts(operation_center, token) == 503


def test_without_a_credential_of_its_own_it_believes_no_token(
    operation_center: OperationCenter, world: World
) -> None:
    deliver()
    token = world.token()
    assert contacts(operation_center, token) == 200

    operation_center.settings = dataclasses.replace(operation_center.settings, credential="")

    assert contacts(operation_center, token) == 503
