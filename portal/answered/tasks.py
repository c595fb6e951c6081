"""What the schedule wakes for answers that are kept."""

from __future__ import annotations

from celery import shared_task

from customers import clock
from portal.answered import operations


@shared_task
def forget() -> int:
    """Drop what programs were answered days ago; nobody repeats such a request any more."""
    return operations.forget(at=clock.now())
