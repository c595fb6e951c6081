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
from subscriptions.applications import tokens
from subscriptions.applications.models import IssuedToken
from tests.pools import pool_of
from tests.portal.api.oauth_world import TOKEN, World, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_FLIGHT = 50
CANCELLED_AFTER = 8  # tokens


@pytest.fixture
def fifty_connections(transactional_db: None) -> Iterator[None]:
    with pool_of(IN_FLIGHT):
        yield


def round_of(world: World) -> tuple[int, int]:
    """How many requests got a token and how many were refused, around a cancellation.

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
    world.cancel_now()
    for thread in threads:
        thread.join(timeout=60)

    assert len(refused) == IN_FLIGHT
    assert set(refused) <= {"licence_ended", "licence_missing"}
    assert [value for value in got if tokens.recognise(value, at=clock.now())] == []
    assert (Token.objects.count(), IssuedToken.objects.count()) == (0, 0)
    world.subscription = world.subscribe()
    # It works again, so what was refused was refused by the cancellation.
    assert tokens.recognise(world.token(), at=clock.now())
    Token.objects.all().delete()
    return len(got), len(refused)


def rounds_of(count: int) -> None:
    world = World()

    found = [round_of(world) for _number in range(count)]

    assert all(refused for _got, refused in found)
    assert all(got >= CANCELLED_AFTER for got, _refused in found)


@pytest.mark.django_db(transaction=True)
def test_no_token_survives(fifty_connections: None) -> None:
    rounds_of(2)


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_no_token_survives_a_hundred_times(fifty_connections: None) -> None:
    rounds_of(100)
