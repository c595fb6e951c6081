"""What the schedule wakes for the metering. A second delivery changes nothing."""

from __future__ import annotations

from celery import shared_task

from billing.metering.operations import partitions, refused
from customers import clock


@shared_task
def keep_partitions() -> int:
    """Make what next month needs, drop what no policy asks for; returns the months dropped."""
    at = clock.now()
    partitions.prepare_ahead(at=at)
    return len(partitions.drop_outlived(at=at))


@shared_task
def tell_refused() -> int:
    """Write of the events that were refused on days that are over."""
    return refused.tell(at=clock.now())


@shared_task
def forget_refused() -> int:
    """Every night: what was refused before any detail is kept; returns how many rows."""
    return refused.forget(at=clock.now())
