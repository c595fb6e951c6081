"""What the schedule and the bell wake. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from billing.vies.asking import ask, due_at
from billing.vies.queries import is_asked
from billing.vies.register import open_register
from customers import clock
from customers.turns import come_back, each_alone, go_on, in_turn, place

if TYPE_CHECKING:
    from celery import Task

PER_TURN = 500  # more than are answered in one


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def ask_register(self: Task) -> int:
    """About numbers that are due for one turn, if VIES is on; returns how many were asked about.

    By one worker, one question at a time: member states refuse who asks much at once.
    """
    if not is_asked():
        return 0
    with place("billing.vies") as is_free:
        if not is_free:
            come_back(self)  # what staff wish now is not in the list of the turn that goes on
            return 0
        asked, is_all = _ask_in_turn()
    if not is_all:
        go_on(self)
    return asked


def _ask_in_turn() -> tuple[int, bool]:
    """Passed over are those whose state fell silent meanwhile."""
    due = due_at(clock.now(), limit=PER_TURN)
    waiting = iter(due)
    with open_register() as register:
        asked = each_alone(
            in_turn(waiting),
            lambda each: ask(register, each, at=clock.now()),
            trouble="vies.question_failed",
            named=lambda each: {"organisation": each.organisation.customer_number},
        )
    is_all = next(waiting, None) is None and len(due) < PER_TURN
    return asked, is_all
