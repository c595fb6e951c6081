from __future__ import annotations

from pathlib import Path

import pytest
from celery.schedules import crontab

from portal.celery import app

SECONDS_A_DAY = 24 * 60 * 60
OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"

# What is deleted by night, and what of it operators read.
DELETED = {
    "billing.metering.tasks.forget_refused": "what was refused of usage",
    "billing.metering.tasks.keep_partitions": "the single events behind daily usage",
    "customers.tasks.forget_mail": "text and attachments of mail",
    "customers.tasks.forget_sign_ups": "an account and what else a developer typed",
    "portal.answered.tasks.forget": "what programs were answered",
    "portal.tasks.forget_visits": "who was signed in",
    "portal.webhooks.tasks.forget": "webhook messages",
    "subscriptions.provisioning.tasks.forget_attempts": "attempts to tell the CRM platform",
}


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


def test_operators_read_of_everything_that_is_deleted_by_night() -> None:
    forgetting = {name for name in app.conf.beat_schedule if ".forget" in name}

    section = OPERATING.read_text().partition("\n## Deleted by itself\n")[2].partition("\n## ")[0]

    assert forgetting - DELETED.keys() == DELETED.keys() - app.conf.beat_schedule.keys() == set()
    assert [phrase for phrase in DELETED.values() if phrase not in section] == []
