"""What the buttons of its page send and do, against docs/operation-center.json."""

from __future__ import annotations

import dataclasses
import io
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest

from customers.models import Tenant
from portal.operation_center import controls, server
from portal.operation_center.controls import CHANGES, EVENTS, SUITE_PLANS
from subscriptions.provisioning.models import PlatformEvent
from tests.factories.customers import TenantFactory
from tests.fixtures.contract import require, require_answer
from tests.portal.operation_center.test_contract import FACT, ask

if TYPE_CHECKING:
    from django.test import Client

    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db

PORTAL = "http://portal.example"
SLOW = 0.3  # seconds


class Wire:
    """In the place of the network: what is sent reaches the portal as it is, signature and all."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.sent: list[Any] = []
        self.answers: list[tuple[int, Any]] = []

    def open(self, request: urllib.request.Request, timeout: float) -> Any:
        assert (request.full_url, timeout) == (PORTAL + EVENTS, controls.SECONDS_TO_ANSWER)
        assert isinstance(request.data, bytes)
        headers = dict(request.header_items())
        answer = self._client.post(
            EVENTS, request.data, content_type=headers.pop("Content-type"), headers=headers
        )
        self.sent.append(json.loads(request.data))
        self.answers.append((answer.status_code, json.loads(answer.content)))
        if answer.status_code >= 400:
            body = io.BytesIO(answer.content)
            raise urllib.error.HTTPError(PORTAL, answer.status_code, "", Message(), body)
        return _Answer(answer.content)


class _Answer(io.BytesIO):
    status = 200


@pytest.fixture
def wire(
    operation_center: OperationCenter, client: Client, monkeypatch: pytest.MonkeyPatch
) -> Wire:
    operation_center.settings = dataclasses.replace(operation_center.settings, portal=PORTAL)
    wire = Wire(client)
    monkeypatch.setattr(urllib.request, "build_opener", lambda *_handlers: wire)
    return wire


@pytest.fixture
def tenant(operation_center: OperationCenter) -> Tenant:
    tenant: Tenant = TenantFactory()
    operation_center.kept.add([(tenant.environment, tenant.identifier)])
    return tenant


def press(center: OperationCenter, what: str, tenant: Tenant, **given: str) -> str:
    named = {"environment": str(tenant.environment), "identifier": tenant.identifier}
    return controls.carry_out(what, {**named, **given}, center.kept, center.settings)


def holds_to_the_document(wire: Wire) -> tuple[Any, int, Any]:
    """The one event that was sent, and how it was answered."""
    [event], [(status, content)] = wire.sent, wire.answers
    require(event, "Event")
    require_answer(content, EVENTS, "post", status)
    return event, status, content


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_an_event_of_the_document(
    operation_center: OperationCenter, tenant: Tenant, wire: Wire, change: str
) -> None:
    said = press(operation_center, "tell", tenant, change=change)

    event, status, content = holds_to_the_document(wire)
    assert (event["type"], event["change"], event["sequence"]) == ("tenant.changed", change, 1)
    assert (status, content["outcome"]) == (200, "applied")
    assert said.startswith("The portal answered 200")
    assert PlatformEvent.objects.get().change == change


@pytest.mark.parametrize("plan", SUITE_PLANS)
@pytest.mark.parametrize("users", ["", "12", "many"])
def test_each_plan_is_an_event_of_the_document(
    operation_center: OperationCenter, tenant: Tenant, wire: Wire, plan: str, users: str
) -> None:
    press(operation_center, "plans", tenant, crm_suite_plan=plan, users=users)

    event, status, content = holds_to_the_document(wire)
    assert event["type"] == "tenant.plans"
    assert (status, content["outcome"]) == (200, "applied")
    tenant.refresh_from_db()
    assert tenant.crm_suite_plan == plan
    counted = dict(tenant.user_plans.values_list("plan", "users"))
    assert counted == ({"sales-premium": 12} if users == "12" else {})


def test_of_a_tenant_that_the_portal_does_not_know_it_is_refused(
    operation_center: OperationCenter, wire: Wire
) -> None:
    stranger = Tenant(environment="production", identifier="Cust99999")
    operation_center.kept.add([(stranger.environment, stranger.identifier)])

    said = press(operation_center, "tell", stranger, change="Suspend")

    _event, status, _content = holds_to_the_document(wire)
    assert status == 404
    assert said.startswith("The portal refused: ")


def test_what_was_added_is_reported_and_what_is_forgotten_is_not(
    operation_center: OperationCenter,
) -> None:
    center = operation_center
    named = FACT["tenant"]

    by_form(center, "add", **named)
    ask(center, "POST", "/facts", json.dumps({"facts": [FACT]}))
    assert reported(center) == [FACT["subject"]]

    by_form(center, "forget", **named, subject=FACT["subject"])
    assert reported(center) == []


def test_told_to_be_slow_it_answers_late_and_as_agreed(
    operation_center: OperationCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    center = operation_center
    monkeypatch.setattr(server, "SECONDS_WHEN_SLOW", SLOW)
    by_form(center, "add", **FACT["tenant"])
    by_form(center, "mode", mode="slow")

    began = time.monotonic()
    status, content = ask(center, "POST", "/facts", json.dumps({"facts": [FACT]}))
    took = time.monotonic() - began

    assert took >= SLOW
    assert (status, content["results"][0]["outcome"]) == (200, "applied")
    require_answer(content, "/facts", "post", status)
    by_form(center, "mode", mode="well")
    assert center.kept.mode() == "well"


def test_who_hangs_up_before_a_slow_answer_leaves_no_traceback(
    operation_center: OperationCenter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answered = threading.Event()

    def hang_up(_handler: server.Handler) -> None:
        answered.set()
        raise BrokenPipeError

    monkeypatch.setattr(server.Handler, "do_GET", hang_up)

    with pytest.raises(OSError, match="closed connection"):
        urllib.request.urlopen(f"{operation_center.url}/", timeout=10)

    assert answered.is_set()
    assert "Traceback" not in capsys.readouterr().err


def by_form(center: OperationCenter, what: str, **given: str) -> None:
    """As its own page sends it."""
    body = urllib.parse.urlencode(given).encode()
    with urllib.request.urlopen(f"{center.url}/controls/{what}", data=body, timeout=10) as answer:
        assert answer.status == 200  # it leads back to the page


def reported(center: OperationCenter) -> list[str]:
    status, content = ask(center, "GET", "/tenants")
    require_answer(content, "/tenants", "get", status)
    [tenant] = content["tenants"]
    return sorted(tenant["holds"])
