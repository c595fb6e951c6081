"""What the schedule and the bell wake. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from billing.vies.asking import ask, due_at
from billing.vies.queries import is_asked
from billing.vies.register import open_register
from customers import clock
from customers.turns import go_on

if TYPE_CHECKING:
    from celery import Task

PER_TASK = 15  # then the next message: were all of them silent, a task may take that long


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def ask_register(self: Task) -> int:
    """About the numbers that are due, if VIES is on; returns how many were asked about."""
    if not is_asked():
        return 0
    due = due_at(clock.now(), limit=PER_TASK)
    with open_register() as register:
        asked = sum(ask(register, each, at=clock.now()) for each in due)
    if asked and len(due) == PER_TASK:
        go_on(self)
    return asked
