"""Web processes die while events come in; whoever sends them sends them again."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import TYPE_CHECKING

import pytest

from billing.metering import sums
from billing.metering.models import CountedEvent, DailyTotal, UsageEvent
from billing.metering.operations import credentials
from customers.clock import real_now
from portal.local.programs import Program, Running
from tests.chaos.killer import children_of
from tests.factories.customers import LONG_AGO, PersonFactory, TenantFactory
from tests.factories.metering import MeterFactory, body, event
from tests.factories.shop import open_shop
from tests.fixtures.worker import environment_of_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(sys.platform != "linux", reason="finds a server's children in /proc"),
]

SENDERS, BATCHES, BATCH = 4, 100, 50
KILLS = 30


class Server:
    """Gunicorn with two processes, which it starts anew when they die."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--workers=2"]
        command += [f"--bind=127.0.0.1:{self.port}", "--log-level=error"]
        self._running = Running(
            Program("web", command, environment=environment_of_tests()), hear=print
        )

    def kill_one(self, random: Random) -> bool:
        children = children_of(self._running.process.pid)
        if children:
            with suppress(ProcessLookupError):
                os.kill(random.choice(children), signal.SIGKILL)
                return True
        return False

    def stop(self) -> None:
        self._running.stop()


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def test_every_event_is_counted_once(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    open_shop()
    MeterFactory()
    for number in range(10):
        TenantFactory(identifier=f"Cust5000{number}")
    secret = credentials.issue_for_platform(
        name="Platform", by=PersonFactory(staff=True), at=LONG_AGO
    ).secret
    random = Random(int(os.environ.get("CHAOS_SEED") or 0) or None)

    def send(sender: int) -> int:
        """All batches, each until it is answered; how often one had to be sent again."""
        instant = real_now().isoformat()
        again = 0
        for batch in range(BATCHES):
            content = body(
                event(f"Cust5000{number % 10}", id=f"{sender}-{batch}-{number}", time=instant)
                for number in range(BATCH)
            )
            while not _counted(server.port, secret, content):
                again += 1
                time.sleep(0.05)
        return again

    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(send, sender) for sender in range(SENDERS)]
        kills = 0
        while kills < KILLS and not all(each.done() for each in sending):
            time.sleep(random.uniform(0.05, 0.3))
            kills += server.kill_one(random)
        again = sum(each.result() for each in sending)
    with capsys.disabled():
        sys.stdout.write(f"\n  {kills} kills, {again} batches sent again\n")

    sent = SENDERS * BATCHES * BATCH
    assert kills == KILLS
    assert CountedEvent.objects.count() == UsageEvent.objects.count() == sent
    assert sum(DailyTotal.objects.values_list("events", flat=True)) == sent
    assert sum(DailyTotal.objects.values_list("quantity", flat=True)) == sent * 5
    assert sums.miscounted_months() == []


def _counted(port: int, secret: str, content: bytes) -> bool:
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
    try:
        client.request("POST", "/api/v1/usage/events", content, headers)
        response = client.getresponse()
        answer = json.loads(response.read())
    except (OSError, HTTPException):
        return False
    finally:
        client.close()
    assert response.status == 200, answer
    assert answer["accepted"] + answer["duplicate"] == BATCH
    return True
