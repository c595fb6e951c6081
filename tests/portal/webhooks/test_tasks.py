"""Tasks are doorbells: here the messages are caught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection

from customers.turns import TAKE
from portal.webhooks import tasks
from portal.webhooks.operations import deliveries

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
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []

    def ring(*_arguments: Any, **_options: Any) -> None:
        rung.append("deliver")

    monkeypatch.setattr(tasks.deliver, "apply_async", ring)
    return rung


@pytest.fixture
def another_worker() -> Iterator[psycopg.Connection]:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        yield another_worker


def test_a_turn_rings_for_the_next_until_nothing_is_due(
    attempted: list[int], rung: list[str]
) -> None:
    attempted += [0, 3]

    assert tasks.deliver() == 3
    assert rung == ["deliver"]
    assert tasks.deliver() == 0
    assert rung == ["deliver"]


def test_two_workers_deliver_and_a_third_message_ends_at_once(
    attempted: list[int], rung: list[str], another_worker: psycopg.Connection
) -> None:
    attempted += [0, 5]
    another_worker.execute(TAKE, ["webhooks.deliver 0"])
    assert tasks.deliver() == 5
    another_worker.execute(TAKE, ["webhooks.deliver 1"])
    rung.clear()

    assert tasks.deliver() == 0

    assert attempted == [0]  # not asked
    assert rung == []


def test_a_message_that_waited_is_dropped() -> None:
    assert tasks.deliver.expires == tasks.MESSAGE_SECONDS
