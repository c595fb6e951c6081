"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from celery import shared_task

from billing.documents import operations, peppol
from customers import clock

PER_TASK = 100


@shared_task
def make_documents() -> int:
    """Those of issued invoices, until none is due; then the next message."""
    done = operations.make_due(clock.now(), limit=PER_TASK)
    if done == PER_TASK:
        make_documents.delay()
    return done


@shared_task
def send_over_peppol() -> int:
    """What is due, if Peppol is on."""
    return peppol.send_due(clock.now(), limit=PER_TASK)
