from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session

from customers import clock, heartbeat
from portal import tasks

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_a_tick_is_heard() -> None:
    assert heartbeat.last_at() is None

    tasks.beat()
    tasks.beat()

    assert not heartbeat.is_late(heartbeat.last_at(), clock.real_now())


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(60, 5), (600, 30)], ids=["quick ticks", "slow ticks"]
)
def test_what_is_late_depends_on_how_often_the_scheduler_rings(
    settings: Settings, seconds: float, minutes: int
) -> None:
    settings.SCHEDULE_SECONDS = seconds

    assert heartbeat.late_after() == dt.timedelta(minutes=minutes)


def test_visits_that_are_over_are_forgotten() -> None:
    now = clock.now()
    for key, lasts in (("over", -1), ("goes-on", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=now + dt.timedelta(minutes=lasts)
        )

    tasks.forget_visits()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["goes-on"]
