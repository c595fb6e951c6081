from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import time_machine
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from customers import clock
from customers.models import Pass
from customers.passes import go_through, take_turn
from customers.turns import TAKE
from tests.customers.test_turns import AT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery import Task

pytestmark = pytest.mark.django_db

WORK = "counting"


class Counted(list[int]):
    breaks_at = 0


COUNTED = Counted()


@shared_task(bind=True)
def count_on(self: Task) -> int:
    return take_turn(self, WORK, _count, now=clock.now)


def _count() -> int:
    for number in go_through(WORK, lambda after: range(after + 1, 6), last=int):
        if number == COUNTED.breaks_at:
            raise SoftTimeLimitExceeded
        COUNTED.append(number)
    return len(COUNTED)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    """One number a turn, to five."""
    monkeypatch.setattr("customers.turns.TURN_SECONDS", 0)
    yield COUNTED
    COUNTED.clear()
    COUNTED.breaks_at = 0


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(count_on, "apply_async", lambda _arguments, **options: rung.append(options))
    return rung


def hear() -> None:
    """As a worker does when it gets the message."""
    count_on.push_request(expires=(AT + dt.timedelta(hours=1)).isoformat())
    try:
        count_on.run()
    finally:
        count_on.pop_request()


@time_machine.travel(AT, tick=False)
def test_each_turn_goes_on_behind_the_one_before_until_the_end(
    counted: Counted, rung: list[dict[str, Any]]
) -> None:
    hear()
    assert (counted, len(rung)) == ([1], 1)

    while rung:
        rung.pop()
        hear()

    assert counted == [1, 2, 3, 4, 5]
    found = Pass.objects.get()
    assert (found.after, found.finished_at) == (0, AT)
    hear()
    assert counted[5:] == [1]


@time_machine.travel(AT, tick=False)
def test_the_next_tick_goes_on_where_a_chain_was_lost(
    counted: Counted, rung: list[dict[str, Any]]
) -> None:
    hear()
    hear()
    rung.clear()  # the broker lost them

    hear()

    assert counted == [1, 2, 3]


@time_machine.travel(AT, tick=False)
def test_what_takes_too_long_holds_up_nobody_behind_it(
    counted: Counted, rung: list[dict[str, Any]]
) -> None:
    counted.breaks_at = 2
    hear()
    with pytest.raises(SoftTimeLimitExceeded):
        hear()

    hear()

    assert counted == [1, 3]


@time_machine.travel(AT, tick=False)
def test_two_workers_are_not_at_it_together(counted: Counted, rung: list[dict[str, Any]]) -> None:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        another_worker.execute(TAKE, [f"{WORK} 0"])
        hear()

    assert counted == []
    assert [options["countdown"] for options in rung] == [2]
