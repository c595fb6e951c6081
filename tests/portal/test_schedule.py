from __future__ import annotations

import pytest
from celery.schedules import crontab

from portal.celery import app

SECONDS_A_DAY = 24 * 60 * 60


@pytest.mark.parametrize("name", sorted(app.conf.beat_schedule))
def test_a_message_lives_until_the_next_of_its_kind(name: str) -> None:
    """So that a worker that was down for a week finds one of each, and not a week of them."""
    entry = app.conf.beat_schedule[name]
    schedule, expires = entry["schedule"], entry["options"]["expires"]

    if isinstance(schedule, crontab):
        times_a_day = len(schedule.hour) * len(schedule.minute)
        assert expires == SECONDS_A_DAY / times_a_day
    else:
        assert expires == max(schedule, 10)
