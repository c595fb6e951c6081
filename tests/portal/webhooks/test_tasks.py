"""Tasks are doorbells: here the messages are caught."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection

from customers import clock
from customers.turns import TAKE
from portal.webhooks import tasks
from portal.webhooks.operations import deliveries, replays
from portal.webhooks.sending import Outcome
from tests.factories.customers import PersonFactory
from tests.factories.webhooks import EndpointFactory, answered
from tests.portal.webhooks.test_deliveries import AT, told

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What each turn is to find due, last first."""
    attempted: list[int] = []
    monkeypatch.setattr(deliveries, "deliver_due", lambda **_instants: attempted.pop())
    return attempted


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """When each message that was rung expires."""
    rung: list[dt.datetime] = []

    def ring(_arguments: object, *, expires: dt.datetime, countdown: float = 0) -> None:
        rung.append(expires)

    monkeypatch.setattr(tasks.deliver, "apply_async", ring)
    return rung


def take_turn(*, expires: dt.datetime) -> int:
    """As a worker does with a message that expires then."""
    tasks.deliver.push_request(expires=expires.isoformat())
    try:
        attempted: int = tasks.deliver.run()
    finally:
        tasks.deliver.pop_request()
    return attempted


@pytest.fixture
def another_worker() -> Iterator[psycopg.Connection]:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        yield another_worker


def test_a_turn_rings_for_the_next_until_nothing_is_due(
    attempted: list[int], rung: list[dt.datetime]
) -> None:
    attempted += [0, 3]
    expires = clock.real_now() + dt.timedelta(minutes=1)

    assert take_turn(expires=expires) == 3
    assert rung == [expires]  # and no later: the chain lives as long as its first message
    assert take_turn(expires=expires) == 0
    assert rung == [expires]


def test_a_turn_that_outlasts_its_message_leaves_the_next_to_the_schedule(
    attempted: list[int], rung: list[dt.datetime]
) -> None:
    attempted.append(3)

    assert take_turn(expires=clock.real_now()) == 3

    assert rung == []


def test_two_workers_deliver_and_a_third_message_comes_back(
    attempted: list[int], rung: list[dt.datetime], another_worker: psycopg.Connection
) -> None:
    attempted += [0, 5]
    expires = clock.real_now() + dt.timedelta(minutes=1)
    another_worker.execute(TAKE, ["webhooks.deliver 0"])
    assert take_turn(expires=expires) == 5
    another_worker.execute(TAKE, ["webhooks.deliver 1"])
    rung.clear()

    assert take_turn(expires=expires) == 0

    assert attempted == [0]  # not asked
    assert rung == [expires]


def test_a_message_that_waited_is_dropped() -> None:
    assert tasks.deliver.expires == tasks.MESSAGE_SECONDS


def test_what_is_under_way_is_worked_off_and_rings_for_what_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    told(endpoint, times=3)
    for delivery in endpoint.deliveries.all():
        answered(delivery, Outcome(status=200, duration_ms=1), at=AT)
    replays.replay_since(endpoint, since=AT, by=by, at=AT)
    rung: list[str] = []
    for each in ("work_off", "deliver"):
        monkeypatch.setattr(getattr(tasks, each), "delay", lambda each=each: rung.append(each))

    tasks.tell()
    assert rung == ["work_off"]
    assert tasks.work_off() == 1

    assert rung == ["work_off", "deliver"]
    assert endpoint.deliveries.waiting().count() == 3
    rung.clear()
    tasks.tell()
    assert rung == ["deliver"]
