"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from billing.documents import operations, peppol
from customers import clock
from customers.turns import come_back, go_on, place, turn

if TYPE_CHECKING:
    from celery import Task

AT_A_TIME = 20  # documents between two looks at what was issued
PER_TASK = 100


@shared_task(expires=settings.MESSAGE_SECONDS)
def make_documents() -> int:
    """Wake as many workers as there is work for, and no more than may; returns how many.

    Each of them starts a judge of its own the first time.
    """
    most = settings.DOCUMENT_WORKERS
    waiting = operations.waiting(clock.now(), limit=most * AT_A_TIME)
    woken = math.ceil(waiting / AT_A_TIME)
    for _worker in range(woken):
        work_on_documents.delay()
    return woken


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def work_on_documents(self: Task) -> int:
    """Make those of issued invoices for one turn; none when enough workers do, to come back."""
    with place("billing.documents", of=settings.DOCUMENT_WORKERS) as is_free:
        if not is_free:
            come_back(self)
            return 0
        done, is_all = turn(lambda: operations.make_due(clock.now(), limit=AT_A_TIME))
    if not is_all:
        go_on(self)
    return done


@shared_task
def take_up_overtaken() -> int:
    """Every night: what was issued in a transaction that outlasted all that was issued since."""
    return operations.take_up_overtaken(at=clock.now())


@shared_task
def tell_untold() -> int:
    """Every hour: invoices that nobody could be sent, where somebody reads them now."""
    return operations.tell_untold(at=clock.now(), limit=PER_TASK)


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def send_over_peppol(self: Task) -> int:
    """What is due, if Peppol is on, one document after the other for one turn.

    By one worker at a time: an access point that takes seconds never keeps them all.
    """
    with place("billing.documents.peppol") as is_free:
        if not is_free:
            come_back(self)
            return 0
        done, is_all = turn(lambda: peppol.send_due(clock.now(), limit=1))
    if not is_all:
        go_on(self)
    return done
