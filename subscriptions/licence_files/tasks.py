"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from celery import shared_task

from customers import clock
from subscriptions.licence_files import operations


@shared_task
def follow_up_licence_files() -> int:
    """Mail the files that are due."""
    return operations.follow_up_due(at=clock.now())
