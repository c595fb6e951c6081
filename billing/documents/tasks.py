"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from billing.documents import operations, peppol
from customers import clock
from customers.turns import go_on

if TYPE_CHECKING:
    from celery import Task

PER_TASK = 100


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def make_documents(self: Task) -> int:
    """Those of issued invoices, until none is due; then the next message."""
    done = operations.make_due(clock.now(), limit=PER_TASK)
    if done == PER_TASK:
        go_on(self)
    return done


@shared_task
def send_over_peppol() -> int:
    """What is due, if Peppol is on."""
    return peppol.send_due(clock.now(), limit=PER_TASK)
