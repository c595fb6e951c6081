from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import time_machine
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from structlog.testing import capture_logs

from customers.turns import (
    COME_BACK_SECONDS,
    TAKE,
    come_back,
    each_alone,
    go_on,
    next_attempt_at,
    place,
    said,
)
from tests.journeys.steps import eventually

if TYPE_CHECKING:
    from celery import Task

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)

type Message = tuple[tuple[object, ...], dict[str, object]]


@shared_task(bind=True)
def dig(self: Task, depth: int) -> None:
    with place("digging") as is_free:
        if is_free:
            go_on(self, depth + 1)
        else:
            come_back(self, depth)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    rung: list[Message] = []
    monkeypatch.setattr(
        dig, "apply_async", lambda arguments, **options: rung.append((arguments, options))
    )
    return rung


def take_turn(**message: Any) -> None:
    dig.push_request(**message)
    try:
        dig.run(1)
    finally:
        dig.pop_request()


def places_of(process: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = %s", [process]
        )
        [count] = cursor.fetchone()
    return int(count)


@pytest.mark.django_db
def test_there_are_so_many_places_and_a_dead_worker_leaves_its_own() -> None:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        another_worker.execute(TAKE, ["digging 0"])
        with place("digging") as is_free:
            assert not is_free
        with place("digging", of=2) as is_free:
            assert is_free
            assert another_worker.execute(TAKE, ["digging 1"]).fetchone() == (False,)
        assert another_worker.execute(TAKE, ["digging 1"]).fetchone() == (True,)
        with place("digging", of=2) as is_free:
            assert not is_free
        with place("filling") as is_free:
            assert is_free
        its_process = another_worker.info.backend_pid
        another_worker.close()

        eventually("its places are left", lambda: not places_of(its_process))
        with place("digging") as is_free:
            assert is_free


@pytest.mark.django_db
def test_a_place_is_left_when_the_work_fails() -> None:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        with pytest.raises(ValueError, match="hard rock"), place("digging"):
            raise ValueError("hard rock")

        assert another_worker.execute(TAKE, ["digging 0"]).fetchone() == (True,)


@pytest.mark.django_db
@time_machine.travel(AT, tick=False)
def test_the_next_turn_expires_when_this_one_does(rung: list[Message]) -> None:
    expires = AT + dt.timedelta(seconds=1)

    take_turn(expires=expires.isoformat())

    assert rung == [((2,), {"expires": expires})]


@pytest.mark.django_db
@time_machine.travel(AT, tick=False)
def test_who_finds_no_place_comes_back_in_a_moment(rung: list[Message]) -> None:
    expires = AT + dt.timedelta(seconds=1)

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        another_worker.execute(TAKE, ["digging 0"])
        take_turn(expires=expires.isoformat())

    assert rung == [((1,), {"expires": expires, "countdown": COME_BACK_SECONDS})]


@pytest.mark.django_db
@time_machine.travel(AT, tick=False)
@pytest.mark.parametrize("message", [{"expires": AT.isoformat()}, {}], ids=["expired", "a call"])
def test_a_chain_ends_when_its_tick_is_over(rung: list[Message], message: dict[str, Any]) -> None:
    take_turn(**message)

    assert rung == []


def hardness(rock: str) -> int:
    if rock == "granite":
        raise ValueError("the spade broke")
    if rock == "magma":
        raise SoftTimeLimitExceeded
    return len(rock)


def test_what_is_wrong_with_one_is_logged_and_stops_no_other() -> None:
    with capture_logs() as logged:
        done = each_alone(
            ["clay", "granite", "chalk"],
            hardness,
            trouble="not dug",
            named=lambda rock: {"rock": rock},
        )

    assert done == len("clay") + len("chalk")
    [entry] = logged
    assert (entry["event"], entry["rock"], entry["exc_info"]) == ("not dug", "granite", True)


def test_a_worker_whose_time_is_over_goes_no_further() -> None:
    rocks = iter(["clay", "magma", "chalk"])

    with capture_logs() as logged, pytest.raises(SoftTimeLimitExceeded):
        each_alone(rocks, hardness, trouble="not dug", named=lambda rock: {"rock": rock})

    assert list(rocks) == ["chalk"]
    assert logged == []


@pytest.mark.parametrize(
    ("failures", "again_at"),
    [
        (1, AT + dt.timedelta(minutes=1)),
        (2, AT + dt.timedelta(hours=1)),
        (3, None),
        (9, None),
    ],
    ids=["after the first", "after the last", "given up", "long given up"],
)
def test_what_failed_is_tried_again_so_many_times(
    failures: int, again_at: dt.datetime | None
) -> None:
    waits = (dt.timedelta(minutes=1), dt.timedelta(hours=1))

    assert next_attempt_at(failures, AT, after=waits) == again_at


def test_a_row_keeps_what_kind_of_failure_it_was_and_its_words() -> None:
    assert said(ValueError("the spade broke")) == "ValueError: the spade broke"
