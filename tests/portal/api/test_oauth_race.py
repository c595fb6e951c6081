"""Cancelled while fifty requests for tokens are in flight: afterwards no token works.

Threads on real connections. A few rounds belong to every run of the suite, a hundred to
`make chaos`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from allauth.idp.oidc.models import Token
from django.db import connection

from customers import clock
from customers.models import Duty
from subscriptions.applications import blocking, tokens
from subscriptions.applications.models import IssuedToken
from tests.factories.customers import PersonFactory
from tests.pools import pool_of
from tests.portal.api.oauth_world import TOKEN, World, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

IN_FLIGHT = 50
CANCELLED_AFTER = 8  # tokens


@pytest.fixture
def fifty_connections(transactional_db: None, settings: Settings) -> Iterator[None]:
    settings.CLIENT_REQUESTS_PER_MINUTE = 1_000_000  # all fifty are one client
    with pool_of(IN_FLIGHT):
        yield


def round_of(world: World, stop: Callable[[], object], reasons: set[str]) -> tuple[int, int]:
    """How many requests got a token and how many were refused, around `stop`.

    Each thread asks until it is refused, so fifty are in flight whenever it comes.
    """
    got: list[str] = []
    refused: list[str] = []
    enough = threading.Event()
    start = threading.Barrier(IN_FLIGHT + 1)

    def request() -> None:
        start.wait()
        try:
            while "access_token" in (said := ask(TOKEN, world.issued, tenant="Cust12345").json()):
                got.append(said["access_token"])
                if len(got) >= CANCELLED_AFTER:
                    enough.set()
            refused.append(said["reason"])
        finally:
            connection.close()

    threads = [threading.Thread(target=request) for _number in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    start.wait()
    enough.wait(timeout=30)
    stop()
    for thread in threads:
        thread.join(timeout=60)

    assert len(refused) == IN_FLIGHT
    assert set(refused) <= reasons
    assert [value for value in got if tokens.recognise(value, at=clock.now())] == []
    assert (Token.objects.count(), IssuedToken.objects.count()) == (0, 0)
    return len(got), len(refused)


def cancelled_round(world: World) -> tuple[int, int]:
    found = round_of(world, world.cancel_now, {"licence_ended", "licence_missing"})
    world.subscription = world.subscribe()
    # It works again, so what was refused was refused by the cancellation.
    assert tokens.recognise(world.token(), at=clock.now())
    Token.objects.all().delete()
    return found


def rounds_of(count: int) -> None:
    world = World()

    found = [cancelled_round(world) for _number in range(count)]

    assert all(refused for _got, refused in found)
    assert all(got >= CANCELLED_AFTER for got, _refused in found)


@pytest.mark.django_db(transaction=True)
def test_no_token_survives(fifty_connections: None) -> None:
    rounds_of(2)


@pytest.mark.django_db(transaction=True)
def test_nor_does_any_when_the_application_is_blocked(fifty_connections: None) -> None:
    world, manager = World(), PersonFactory(staff=True, duties=[Duty.APP_MANAGER])

    def block() -> None:
        blocking.block(world.application, reason="Leaks data", by=manager, at=clock.now())

    got, refused = round_of(world, block, {"blocked"})

    assert got >= CANCELLED_AFTER
    assert refused == IN_FLIGHT


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_no_token_survives_a_hundred_times(fifty_connections: None) -> None:
    rounds_of(100)
