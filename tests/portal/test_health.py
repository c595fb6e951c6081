from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import ConnectionError as RedisIsGone

from customers import clock, heartbeat

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db
def test_it_is_well_when_the_database_answers(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_whether_somebody_works_is_asked_for(client: Client) -> None:
    plain, never = client.get("/healthz"), client.get("/healthz?deep=1")
    heartbeat.beat(at=clock.real_now())
    lately = client.get("/healthz?deep=1")
    heartbeat.beat(at=clock.real_now() - heartbeat.late_after() - dt.timedelta(seconds=1))
    late = client.get("/healthz?deep=1")

    assert [response.status_code for response in (plain, never, lately, late)] == [
        *(200, 503),
        *(200, 503),
    ]
    assert late.content == b"worker\n"


@pytest.mark.django_db
def test_it_names_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", gone)

    response = client.get("/healthz")

    assert (response.status_code, response.content) == (503, b"database\n")


@pytest.mark.django_db
def test_without_redis_a_process_stays_with_its_balancer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_key: str) -> None:
        raise RedisIsGone

    monkeypatch.setattr(cache, "get", gone, raising=False)

    plain, deep = client.get("/healthz"), client.get("/healthz?deep=1")

    assert (plain.status_code, plain.content) == (200, b"ok\n")
    assert (deep.status_code, deep.content) == (503, b"redis\n")
