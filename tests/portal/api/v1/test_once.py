"""A POST that is sent again is answered again and done once: also at once, also after a crash."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from catalog.models import PriceVersion
from customers.models import OrganisationToken
from portal.answered import operations as answers
from portal.answered import tasks
from portal.answered.models import AnsweredRequest
from subscriptions.models import Subscription
from subscriptions.operations import orders
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.portal.api.v1.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def wanted(tenant: Tenant) -> dict[str, Any]:
    price = PriceVersion.objects.get(product__code=DEVELOPMENT_TOOLS, currency="EUR")
    return {"product_code": DEVELOPMENT_TOOLS, "price_id": price.pk, "tenant_id": tenant.pk}


def test_the_same_again_is_answered_the_same(program: Program, wanted: dict[str, Any]) -> None:
    first = program.post("subscriptions", wanted, key="one")
    again = program.post("subscriptions", wanted, key="one")

    assert (again.status_code, again.content) == (201, first.content)
    for header in ("Location", "Content-Type", "Content-Language"):
        assert again.headers[header] == first.headers[header]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Subscription.objects.count() == 1


def test_a_refusal_is_answered_again_too(program: Program, wanted: dict[str, Any]) -> None:
    wanted |= {"price_id": 1}
    first = program.post("subscriptions", wanted, key="one")

    again = program.post("subscriptions", wanted, key="one", **{"accept-language": "nl"})

    assert (first.status_code, first.json()["code"]) == (409, "offer_changed")
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["Content-Language"] == first.headers["Content-Language"] == "en"
    assert again.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("changed", ["body", "address"])
def test_the_key_of_another_request_is_refused(
    program: Program, wanted: dict[str, Any], changed: str
) -> None:
    program.post("subscriptions", wanted, key="one")

    other = wanted | {"quantities": {}} if changed == "body" else wanted
    response = program.post(
        "subscriptions" if changed == "body" else "subscriptions?x=1", other, key="one"
    )

    assert (response.status_code, response.json()["code"]) == (422, "key_used_before")
    assert Subscription.objects.count() == 1


def test_keys_belong_to_one_token(
    program: Program,
    customer: Organisation,
    program_of: Callable[..., Program],
    wanted: dict[str, Any],
) -> None:
    program.post("subscriptions", wanted, key="one")

    response = program_of(customer).post("subscriptions", wanted, key="one")

    assert response.json()["code"] == "not_eligible"  # asked in earnest, not answered again


@pytest.mark.parametrize("key", [" ", "x" * 256, "é", "a b"])
def test_a_post_needs_a_key(program: Program, wanted: dict[str, Any], key: str) -> None:
    response = program.post("subscriptions", wanted, key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")
    assert not Subscription.objects.exists()


def test_a_failure_is_not_kept(
    program: Program, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(orders, "write_about_order", lambda *_args, **_more: 1 / 0)
        response = program.post("subscriptions", wanted, key="one")

    assert (response.status_code, response.json()["code"]) == (500, "internal_server_error")
    assert not Subscription.objects.exists()
    assert not AnsweredRequest.objects.exists()
    assert program.post("subscriptions", wanted, key="one").status_code == 201


def test_what_the_scope_refuses_is_not_kept(program: Program, wanted: dict[str, Any]) -> None:
    token = OrganisationToken.objects.get()
    OrganisationToken.objects.update(scopes=["tenants:read"])
    assert program.post("subscriptions", wanted, key="one").status_code == 403

    OrganisationToken.objects.update(scopes=token.scopes)

    assert program.post("subscriptions", wanted, key="one").status_code == 201


def test_answers_are_dropped_after_days(
    program: Program, wanted: dict[str, Any], noon: time_machine.Traveller
) -> None:
    program.post("subscriptions", wanted, key="one")
    noon.shift(answers.KEPT_FOR)
    assert tasks.forget() == 0

    noon.shift(dt.timedelta(seconds=1))
    assert tasks.forget() == 1
    assert tasks.forget() == 0


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_of_many_at_once_one_is_done(self, program: Program, wanted: dict[str, Any]) -> None:
        together = threading.Barrier(4)

        def ask(_time: int) -> tuple[int, str]:
            try:
                together.wait(10)
                response = program.post("subscriptions", wanted, key="one")
                return response.status_code, response.json().get("code", "")
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(ask, range(4)))

        assert Subscription.objects.count() == 1
        assert set(found) <= {(201, ""), (409, "key_in_use")}
        assert (201, "") in found
        assert program.post("subscriptions", wanted, key="one").status_code == 201

    def test_while_one_is_answered_another_is_told_to_wait(
        self, program: Program, wanted: dict[str, Any]
    ) -> None:
        inside, go_on = threading.Event(), threading.Event()

        def hold() -> None:
            token = OrganisationToken.objects.get()
            try:
                answers.answer_once(
                    token,
                    key="one",
                    fingerprint="…",
                    do=lambda: _wait(inside, go_on),
                    is_final=lambda _answer: False,
                    at=NOON,
                )
            finally:
                connection.close()

        first = threading.Thread(target=hold)
        first.start()
        assert inside.wait(10)
        response = program.post("subscriptions", wanted, key="one")
        go_on.set()
        first.join(10)

        assert (response.status_code, response.json()["code"]) == (409, "key_in_use")
        assert program.post("subscriptions", wanted, key="one").status_code == 201

    def test_killed_in_the_middle_nothing_is_lost_or_doubled(
        self, program: Program, wanted: dict[str, Any]
    ) -> None:
        """A process of its own orders, and is killed after the order and before the commit."""
        killed = subprocess.run(
            [sys.executable, "-c", ORDER_AND_DIE, program.secret, repr(wanted)],
            cwd=ROOT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "portal.settings.test",
                "DATABASE_NAME_OF_TEST": str(connection.settings_dict["NAME"]),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert killed.stdout == "ordered\n"
        assert not Subscription.objects.exists()
        assert not AnsweredRequest.objects.exists()

        first = program.post("subscriptions", wanted, key="one")
        again = program.post("subscriptions", wanted, key="one")

        assert (first.status_code, again.content) == (201, first.content)
        assert Subscription.objects.count() == 1


def _wait(inside: threading.Event, go_on: threading.Event) -> answers.Answer:
    inside.set()
    go_on.wait(10)
    return answers.Answer(500, "text/plain", b"")


ORDER_AND_DIE = """
import ast, datetime as dt, os, signal, sys
import django, time_machine
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME_OF_TEST"]
django.setup()
from portal.answered.models import AnsweredRequest
from django.test import Client
from subscriptions.models import Subscription

def die(**_fields):
    assert Subscription.objects.count() == 1
    print("ordered", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

AnsweredRequest.objects.create = die
secret, wanted = sys.argv[1], ast.literal_eval(sys.argv[2])
with time_machine.travel(dt.datetime(2026, 11, 23, 11, tzinfo=dt.UTC), tick=False):
    Client().post(
        "/api/v1/subscriptions",
        wanted,
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}", "idempotency-key": "one"},
    )
"""
