"""A pass over everybody, in turns: what one turn did not reach, the next begins with.

How far it has come is a row and not part of the message that rings for the next turn: messages
expire, and a pass that began at the first again would never tell those at the end.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from customers import turns
from customers.models import Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from celery import Task

    from customers.clock import Clock

log = structlog.get_logger(__name__)


def go_through[Item](
    work: str, items_after: Callable[[int], Iterable[Item]], *, last: Callable[[Item], int]
) -> Iterator[Item]:
    """The items of one turn of the pass called `work`, from where the turn before ended.

    `items_after(number)` are those behind it in the order of what `last` says of each; numbers
    are above zero. An item counts as passed when it is taken up: one that ends its worker waits
    for the next pass, and holds up nobody behind it.
    """
    ends = time.monotonic() + turns.TURN_SECONDS
    found, _is_new = Pass.objects.get_or_create(work=work)
    for item in items_after(found.after):
        Pass.objects.filter(work=work).update(after=last(item))
        yield item
        if time.monotonic() >= ends:
            return
    Pass.objects.filter(work=work).update(after=0)


def take_turn(task: Task, work: str, turn: Callable[[], int], *, now: Clock) -> int:
    """One turn of the pass by the only worker at it, and a message for the next while it lasts.

    `turn` deals with what `go_through` gives it. Returns what it returns, or 0 when another
    worker is at it: then the message comes back. A pass that is over is not begun anew before
    the schedule says so.
    """
    with turns.place(work) as is_free:
        if not is_free:
            turns.come_back(task)
            return 0
        done = turn()
        goes_on = Pass.objects.filter(work=work, after__gt=0).exists()
        if not goes_on:
            Pass.objects.filter(work=work).update(finished_at=now())
            log.info("a pass has reached its end", work=work)
    if goes_on:
        turns.go_on(task)
    return done
