"""What the schedule and the bell wake. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from billing.vies.asking import ask, due_at
from billing.vies.queries import is_asked
from billing.vies.register import open_register
from customers import clock
from customers.turns import come_back, each_alone, go_on, place, turn

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
    due = due_at(clock.now(), limit=PER_TURN)
    waiting = iter(due)

    def ask_next() -> int:
        """About one; passed over are those whose state fell silent meanwhile."""
        for each in waiting:
            if each_alone(
                [each],
                lambda due: ask(register, due, at=clock.now()),
                trouble="vies.question_failed",
                named=lambda due: {"organisation": due.organisation.customer_number},
            ):
                return 1
        return 0

    with open_register() as register:
        asked, is_all = turn(ask_next)
    return asked, is_all and len(due) < PER_TURN
