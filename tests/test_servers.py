"""Each test process works on services of its own, whatever runs beside it."""

from __future__ import annotations

import os

import pytest
import redis
from django.conf import settings

from customers.tasks import deliver_mail
from tests.servers import Servers


def test_settings_were_read_after_the_services_were_divided() -> None:
    assert os.environ["REDIS_URL"] == settings.CELERY_BROKER_URL


@pytest.mark.parametrize(("worker", "database"), [("gw0", 2), ("gw1", 3), ("gw7", 9)])
def test_no_two_processes_share_a_redis_database(
    worker: str, database: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:word@192.0.2.8:6379/2")

    Servers().divide(worker)

    assert os.environ["REDIS_URL"] == f"redis://:word@192.0.2.8:6379/{database}"


def test_a_message_arrives_where_this_process_s_workers_listen() -> None:
    deliver_mail.delay()

    assert redis.Redis.from_url(os.environ["REDIS_URL"]).llen("celery") == 1
