"""What the schedule and the bell wake. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from celery import shared_task

from customers import clock
from subscriptions.provisioning import delivery, facts


@shared_task
def deliver_facts() -> int:
    """Bring what waits to the platform."""
    return delivery.deliver_due(at=clock.now(), signed_at=clock.real_now())


@shared_task
def tell_what_time_has_changed() -> int:
    """Starts need nobody; an end that has come is told within a tick."""
    return facts.tell_what_time_has_changed(at=clock.now())


@shared_task
def tell_everybody() -> int:
    """Once an hour: what an operation forgot to tell does not stay untold."""
    return facts.tell_everybody(at=clock.now())
