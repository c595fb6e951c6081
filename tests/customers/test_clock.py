from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine

from customers import clock
from customers.models import ClockShift

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

REAL = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


@time_machine.travel(REAL, tick=False)
def test_it_is_the_real_time_until_it_is_moved() -> None:
    assert clock.now() == REAL


@time_machine.travel(REAL, tick=False)
def test_it_moves_forward_and_runs_on_from_there() -> None:
    first_of_december = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)

    ahead_by = clock.move_to(first_of_december)

    assert ahead_by == dt.timedelta(days=15, hours=12)
    assert clock.now() == first_of_december
    assert clock.real_now() == REAL
    with time_machine.travel(REAL + dt.timedelta(hours=1), tick=False):
        assert clock.now() == first_of_december + dt.timedelta(hours=1)


@time_machine.travel(REAL, tick=False)
def test_it_moves_on_from_where_it_was_moved_to() -> None:
    clock.move_to(REAL + dt.timedelta(days=1))

    clock.move_to(REAL + dt.timedelta(days=2))

    assert clock.now() == REAL + dt.timedelta(days=2)
    assert ClockShift.objects.count() == 1


@time_machine.travel(REAL, tick=False)
def test_it_never_moves_back() -> None:
    clock.move_to(REAL + dt.timedelta(days=2))

    with pytest.raises(clock.ClockCannotMove):
        clock.move_to(REAL + dt.timedelta(days=1))

    assert clock.now() == REAL + dt.timedelta(days=2)


@time_machine.travel(REAL, tick=False)
def test_in_production_it_stays_the_real_one(settings: Settings) -> None:
    ClockShift.objects.create(only=True, ahead_by=dt.timedelta(days=30))
    settings.CLOCK_CAN_MOVE = False

    with pytest.raises(clock.ClockCannotMove):
        clock.move_to(REAL + dt.timedelta(days=1))

    assert clock.now() == REAL
