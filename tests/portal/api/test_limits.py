"""Every door for programs counts who comes in, and says what is left of the minute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from billing.metering.models import ApiCredential, CountedEvent
from billing.metering.operations import credentials as platform
from customers import clock
from customers.models import TenantState
from portal.api import limits
from portal.api.limits import Kind
from subscriptions.provisioning.signing import signed_headers
from tests.factories.customers import LONG_AGO, PersonFactory
from tests.factories.metering import NOON, MeterFactory, body, event
from tests.fixtures.platform import PLATFORM_SECRET
from tests.portal.api.oauth_world import INTROSPECT, REVOKE, TOKEN, WHOAMI, World, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

ENTITLEMENTS = "/api/v1/tenants/Cust12345/entitlements"
EVENTS = "/api/platform/events"


@pytest.fixture(autouse=True)
def _signs(settings: Any) -> None:
    settings.PLATFORM_SECRETS = [PLATFORM_SECRET]


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(db: None) -> World:
    MeterFactory()
    return World()


def secret_of_platform(scope: ApiCredential.Scope) -> str:
    issued = platform.issue_for_platform(
        name="Platform", scope=scope, by=PersonFactory(staff=True), at=LONG_AGO
    )
    return issued.secret


def bearer(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


def report(secret: str) -> Any:
    content = body([event("Cust12345")])
    address = "/api/v1/usage/events"
    return bearer(secret).post(address, content, content_type="application/json")


def introspecting_platform(_world: World) -> Callable[[], Any]:
    secret = secret_of_platform(ApiCredential.Scope.TOKENS_INTROSPECT)
    return lambda: bearer(secret).post(reverse(INTROSPECT), {"token": "ext_nobody"})


def asking_platform(_world: World) -> Callable[[], Any]:
    secret = secret_of_platform(ApiCredential.Scope.ENTITLEMENTS_READ)
    return lambda: bearer(secret).get(ENTITLEMENTS)


def reporting_platform(_world: World) -> Callable[[], Any]:
    secret = secret_of_platform(ApiCredential.Scope.USAGE_WRITE)
    return lambda: report(secret)


def telling_platform(world: World) -> Callable[[], Any]:
    """The same event each time: what it did is answered again."""
    told = {
        "id": "event-1",
        "type": "tenant.state",
        "tenant": {"environment": "production", "identifier": world.tenant.identifier},
        "sequence": 1,
        "at": NOON.isoformat(),
        "state": int(TenantState.RUNNING),
    }
    content = json.dumps(told)

    def tell() -> Any:
        signed = signed_headers(
            "message", content, with_secrets=[PLATFORM_SECRET], at=clock.real_now()
        )
        return Client().post(EVENTS, content, content_type="application/json", headers=signed)

    return tell


def with_token(call: Callable[[str], Any]) -> Callable[[World], Callable[[], Any]]:
    def prepare(world: World) -> Callable[[], Any]:
        value = world.token()
        return lambda: call(value)

    return prepare


DOORS = [
    pytest.param(asking_platform, Kind.PROGRAM, id="entitlements, platform"),
    pytest.param(reporting_platform, Kind.PROGRAM, id="usage, platform"),
    pytest.param(introspecting_platform, Kind.PROGRAM, id="introspection, platform"),
    pytest.param(telling_platform, Kind.PLATFORM, id="events, platform"),
    pytest.param(
        with_token(lambda value: bearer(value).get(ENTITLEMENTS)),
        Kind.APPLICATION,
        id="entitlements, application",
    ),
    pytest.param(with_token(report), Kind.APPLICATION, id="usage, application"),
    pytest.param(
        with_token(lambda value: bearer(value).get(reverse(WHOAMI))),
        Kind.APPLICATION,
        id="about itself",
    ),
    pytest.param(
        lambda world: lambda: ask(TOKEN, world.issued, tenant="Cust12345"),
        Kind.CLIENT,
        id="token",
    ),
    pytest.param(
        lambda world: lambda: ask(REVOKE, world.issued, token="ext_gone"),
        Kind.CLIENT,
        id="revocation",
    ),
    pytest.param(
        lambda world: lambda: ask(INTROSPECT, world.issued, token="ext_gone"),
        Kind.CLIENT,
        id="introspection, client",
    ),
]


@pytest.mark.parametrize(("prepare", "kind"), DOORS)
def test_a_door_says_what_is_left_and_when_to_go_on(
    world: World,
    settings: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
    prepare: Callable[[World], Callable[[], Any]],
    kind: Kind,
) -> None:
    call = prepare(world)
    limits.forget()
    setattr(settings, kind, 2)

    let_in = [call(), call()]
    refused = [call()]
    counted = CountedEvent.objects.count()
    settings.CLOCK_CAN_MOVE = False
    with django_assert_num_queries(0):  # who was told is not looked up again
        refused.append(call())

    assert [each.status_code for each in let_in] == [200, 200]
    assert let_in[0].headers["RateLimit-Policy"] == '"minute";q=2;w=60'
    assert [each.headers["RateLimit"] for each in let_in] == [
        '"minute";r=1;t=60',
        '"minute";r=0;t=60',
    ]
    for response in refused:
        assert response.status_code == 429
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == "too_many_requests"
        assert response.headers["Retry-After"] == "60"
        assert response.headers["RateLimit"] == '"minute";r=0;t=60'
    assert CountedEvent.objects.count() == counted
    with time_machine.travel(NOON.replace(minute=1), tick=False):
        assert call().status_code == 200


def test_what_the_platform_asks_and_tells_is_counted_apart(world: World, settings: Any) -> None:
    asks = [introspecting_platform(world), asking_platform(world), telling_platform(world)]
    settings.PROGRAM_REQUESTS_PER_MINUTE = settings.PLATFORM_EVENTS_PER_MINUTE = 1

    statuses = [[call().status_code for call in asks] for _time in range(2)]

    assert statuses == [[200, 200, 200], [429, 429, 429]]


def test_who_shows_no_secret_is_not_turned_away_for_one_who_signs(
    world: World, settings: Any
) -> None:
    settings.PLATFORM_EVENTS_PER_MINUTE = 0
    assert telling_platform(world)().status_code == 429

    assert Client().get(ENTITLEMENTS).status_code == 401


def test_who_signs_badly_is_not_counted(world: World, settings: Any) -> None:
    settings.PLATFORM_EVENTS_PER_MINUTE = 1
    for _time in range(3):
        response = Client().post(EVENTS, "{}", content_type="application/json")
        assert response.status_code == 401

    assert telling_platform(world)().status_code == 200


def test_tokens_of_one_application_on_a_tenant_count_together(world: World, settings: Any) -> None:
    values = [world.token(), world.token()]
    settings.APPLICATION_REQUESTS_PER_MINUTE = 1

    statuses = [bearer(value).get(ENTITLEMENTS).status_code for value in values]

    assert statuses == [200, 429]


def take(times: int) -> list[int]:
    answers = [
        limits.counted(Kind.ORGANISATION, 7, secret="exo_seven", answer=HttpResponse)
        for _time in range(times)
    ]
    return [each.status_code for each in answers]


def test_processes_count_together_to_a_hundredth_of_the_limit(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 300
    take(150)
    limits.forget()  # another process: it knows what Redis knows

    let_in = take(200).count(200)

    assert 150 <= let_in <= 153


def test_redis_is_told_once_in_a_while(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    add = limits._add

    def noted(key: str, requests: int) -> int | None:
        told.append(requests)
        return add(key, requests)

    monkeypatch.setattr(limits, "_add", noted)
    settings.API_REQUESTS_PER_MINUTE = 1000

    take(95)

    assert told == [10] * 9


@pytest.mark.parametrize(
    ("second", "rest"),
    [pytest.param(58, "Go on in 2 seconds.", id="two"), pytest.param(59, "in 1 second.", id="one")],
)
def test_who_is_turned_away_reads_in_how_many_seconds_to_go_on(
    world: World, settings: Any, second: int, rest: str
) -> None:
    settings.PROGRAM_REQUESTS_PER_MINUTE = 0
    ask_platform = asking_platform(world)

    with time_machine.travel(NOON.replace(second=second), tick=False):
        detail = ask_platform().json()["detail"]

    assert detail.endswith(rest)
