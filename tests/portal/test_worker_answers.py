"""The worker that production starts, started here: it finds its tasks and the test database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from portal.celery import app

if TYPE_CHECKING:
    from tests.fixtures.worker import CeleryProcess

pytestmark = pytest.mark.worker


def test_the_worker_knows_every_task_of_the_schedule_and_answers_when_it_rings(
    celery_worker: CeleryProcess, celery_beat: CeleryProcess
) -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    wanted = "customers.tasks.deliver_mail"

    # Of whom it is named one answer is waited for, and not for all that may come.
    name = celery_worker.running.program.name
    registered = app.control.inspect(destination=[name], timeout=30).registered()

    assert scheduled <= set(registered[name])

    until = time.monotonic() + 30
    while not any(wanted in line and "succeeded" in line for line in celery_worker.lines):
        assert time.monotonic() < until, "\n".join(celery_worker.lines + celery_beat.lines)
        time.sleep(0.2)

    assert celery_worker.alive
