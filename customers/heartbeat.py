"""Whether anybody works: the scheduler rings at every tick, and a worker writes that it heard it.

By the real clock, for it is about machines.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from customers import clock
from customers.models import Heartbeat

STARTED_AT = clock.real_now()  # this process
AT_LEAST = dt.timedelta(minutes=5)
TICKS = 3  # that may pass unheard, while every worker has something long to do


def beat(*, at: dt.datetime) -> None:
    Heartbeat.objects.update_or_create(only=True, defaults={"at": at})


def last_at() -> dt.datetime | None:
    """None: never."""
    return Heartbeat.objects.values_list("at", flat=True).first()


def is_late(last: dt.datetime | None, now: dt.datetime) -> bool:
    return last is None or now - last > late_after()


def is_starting(last: dt.datetime | None, now: dt.datetime) -> bool:
    """Nobody has ever answered, nor has had the time to since this process is there."""
    return last is None and now - STARTED_AT < late_after()


def late_after() -> dt.timedelta:
    return max(AT_LEAST, TICKS * dt.timedelta(seconds=settings.SCHEDULE_SECONDS))
