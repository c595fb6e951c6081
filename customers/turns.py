"""Work that takes longer than a tick: in turns, so that other messages get theirs.

The schedule rings at every tick, whether or not the work of the tick before has ended. So a turn
that leaves something over rings for the next only while its own tick counts, and whoever finds
every place taken ends at once, to come back while its own does: the turns of the tick before are
about to end. What is wrong with one item of a turn is that item's alone.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from customers import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from celery import Task

log = structlog.get_logger(__name__)

TURN_SECONDS = 10  # then the worker takes its next message
COME_BACK_SECONDS = 2  # after finding every place taken

# Locks of the session: a turn has many transactions, and they end with a worker that dies.
TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
LEAVE = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


@contextmanager
def place(work: str, *, of: int = 1) -> Iterator[bool]:
    """One of so many places at this work, until the block ends; whether one was free."""
    taken = next((each for each in range(of) if _says(TAKE, work, each)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            _says(LEAVE, work, taken)


def turn(work: Callable[[], int]) -> tuple[int, bool]:
    """Work step by step until nothing is left or the turn is over; how much, and whether all."""
    done, ends = 0, time.monotonic() + TURN_SECONDS
    while dealt_with := work():
        done += dealt_with
        if time.monotonic() >= ends:
            return done, False
    return done, True


def in_turn[Item](items: Iterable[Item]) -> Iterator[Item]:
    """One after the other until the turn is over; what is left stays in an iterator."""
    ends = time.monotonic() + TURN_SECONDS
    for item in items:
        yield item
        if time.monotonic() >= ends:
            return


def each_alone[Item](
    items: Iterable[Item],
    work: Callable[[Item], int],
    *,
    trouble: str,
    named: Callable[[Item], Mapping[str, object]],
) -> int:
    """Do `work` for each item; returns the sum of what it returns.

    What is wrong with one is logged as `trouble`, with what `named` says of the item, and stops
    no other. Raises SoftTimeLimitExceeded: the worker's time is over, nothing is wrong with it.
    """
    done = 0
    for item in items:
        try:
            done += work(item)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception(trouble, **named(item))
    return done


def said(failure: Exception) -> str:
    """What is wrong, for a row that keeps it."""
    return f"{type(failure).__name__}: {failure}"


def next_attempt_at(
    failures: int, at: dt.datetime, *, after: Sequence[dt.timedelta]
) -> dt.datetime | None:
    """When to try again after so many failures, the last one at `at`; None to give up.

    `after` is how long to wait after the first failure, the second, …
    """
    return at + after[failures - 1] if failures <= len(after) else None


def go_on(task: Task, *arguments: object) -> None:
    """Ring for the turn after this one of `task`, to expire when this one's message does.

    Not when it has expired: the next tick has rung by then. Nor after a turn whose message
    never expires, as of a call that is none.
    """
    _ring(task, arguments)


def come_back(task: Task, *arguments: object) -> None:
    """The same for who found no place, in a moment."""
    _ring(task, arguments, countdown=COME_BACK_SECONDS)


def _ring(task: Task, arguments: tuple[object, ...], **when: float) -> None:
    expires = task.request.expires and dt.datetime.fromisoformat(task.request.expires)
    if expires and clock.real_now() < expires:
        task.apply_async(arguments, expires=expires, **when)


def _says(statement: str, work: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"{work} {number}"])
        [answer] = cursor.fetchone()
    return bool(answer)
