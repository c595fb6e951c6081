"""The one place time comes from.

Doors (views, commands, scheduled tasks) read it and pass the instant on; nobody else may.
In the demo and in tests the clock can be moved forward, so that anyone can watch months pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.conf import settings

from customers.models import ClockShift

# `now`, or `real_now`, handed to work that takes minutes and must not go by its beginning.
type Clock = Callable[[], dt.datetime]


class ClockCannotMove(Exception):
    """The clock is the real one here, or was asked to run backwards."""


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return real_now() + shift()


def real_now() -> dt.datetime:
    """The real instant, for what concerns machines: token ages, retry delays."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the one place


def shift() -> dt.timedelta:
    """How far this portal's clock runs ahead; zero wherever it cannot be moved."""
    if not settings.CLOCK_CAN_MOVE:
        return dt.timedelta()
    moved = ClockShift.objects.first()
    return moved.ahead_by if moved else dt.timedelta()


def move_to(instant: dt.datetime) -> dt.timedelta:
    """Set the clock to `instant`; from there it runs on. Returns how far ahead it now is.

    Raises ClockCannotMove where the clock is real, and when `instant` lies in the past:
    what has happened stays happened.
    """
    if not settings.CLOCK_CAN_MOVE:
        raise ClockCannotMove("this portal runs on the real clock")
    if instant < now():
        raise ClockCannotMove("the clock only moves forward")
    ahead_by = instant - real_now()
    ClockShift.objects.update_or_create(only=True, defaults={"ahead_by": ahead_by})
    return ahead_by
