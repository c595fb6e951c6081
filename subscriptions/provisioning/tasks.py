"""What the schedule and the bell wake. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task

from customers import clock
from customers.models import Person
from customers.passes import take_turn
from subscriptions.provisioning import attempts, delivery, facts, reconciliation

if TYPE_CHECKING:
    from celery import Task


@shared_task
def deliver_facts() -> int:
    """Bring what waits to the platform."""
    return delivery.deliver_due(now=clock.now, real_now=clock.real_now)


@shared_task
def tell_what_time_has_changed() -> int:
    """Starts need nobody; an end that has come is told within a tick."""
    return facts.tell_what_time_has_changed(now=clock.now)


@shared_task(bind=True)
def tell_everybody(self: Task) -> int:
    """Once an hour, in turns: what an operation forgot to tell does not stay untold."""
    return take_turn(
        self,
        facts.EVERYBODY,
        lambda: facts.tell_more_of_everybody(now=clock.now),
        now=clock.now,
    )


@shared_task
def forget_attempts() -> int:
    """Every night: what was answered, or found different, long ago."""
    at = clock.now()
    return attempts.forget_old(at=at) + reconciliation.forget_old(at=at)


@shared_task
def reconcile(asked_by_id: int | None = None) -> int:
    """Every night, and when somebody of the staff asks for it."""
    asked_by = Person.objects.get(pk=asked_by_id) if asked_by_id else None
    run = reconciliation.reconcile(by=asked_by, now=clock.now, real_now=clock.real_now)
    return run.pk
