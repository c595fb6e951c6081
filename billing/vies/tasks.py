"""What the schedule and the bell wake. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from celery import shared_task

from billing.vies.asking import ask, due_at
from billing.vies.queries import is_asked
from billing.vies.register import open_register
from customers import clock

PER_TASK = 15  # then the next message: were all of them silent, a task may take that long


@shared_task
def ask_register() -> int:
    """About the numbers that are due, if VIES is on; returns how many were asked about."""
    if not is_asked():
        return 0
    due = due_at(clock.now(), limit=PER_TASK)
    with open_register() as register:
        asked = sum(ask(register, each, at=clock.now()) for each in due)
    if asked and len(due) == PER_TASK:
        ask_register.delay()
    return asked
