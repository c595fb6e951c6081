"""Webhooks delivered: two workers, each endpoint's in order, over HTTP to a receiver here."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import time
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING

from benchmarks.workers import WORKERS, workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from portal.webhooks.models import Endpoint

ENDPOINTS, MESSAGES_EACH = 40, 250
AT = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NUMBER = re.compile(rb'"id":"evt_[0-9]+_test_([0-9]+)"')


def rates(times: int) -> list[float]:
    """Deliveries a second, for each turn; every message has come once afterwards, in order."""
    os.environ["WEBHOOKS_INTERNAL_NETWORKS"] = "127.0.0.0/8"
    found = []
    with _receiver() as (port, receiver):
        endpoints = _endpoints(port)
        for number in range(times):
            _queue(endpoints, after=number * MESSAGES_EACH)
            with workers() as pool:
                begun = time.perf_counter()
                delivered = sum(pool.map(_deliver, range(WORKERS)))
                found.append(delivered / (time.perf_counter() - begun))
            assert delivered == ENDPOINTS * MESSAGES_EACH
        receiver.send("what came?")
        came: dict[bytes, list[int]] = receiver.recv()
        assert len(came) == ENDPOINTS
        assert all(each == list(range(times * MESSAGES_EACH)) for each in came.values())
    _forget()
    return found


@contextmanager
def _receiver() -> Iterator[tuple[int, Connection]]:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_receive, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.terminate()
        process.join()


def _receive(pipe: Connection) -> None:
    """The least that receives: it reads, notes the number under the path, and says yes."""
    came: dict[bytes, list[int]] = {}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: ([0-9]+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                number = NUMBER.search(body)
                assert number
                came.setdefault(head.split(b" ", 2)[1], []).append(int(number[1]))
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:  # hung up
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)
        pipe.send(came)

    asyncio.run(serve())


def _deliver(_number: int) -> int:
    from customers import clock
    from portal.webhooks.models import Delivery
    from portal.webhooks.operations import deliveries

    delivered = 0
    while Delivery.objects.waiting().exists():
        delivered += deliveries.deliver_due(at=AT, signed_at=clock.real_now())
    return delivered


def _endpoints(port: int) -> list[Endpoint]:
    from tests.factories.webhooks import EndpointFactory

    return [
        EndpointFactory(address=f"http://127.0.0.1:{port}/{number}") for number in range(ENDPOINTS)
    ]


def _queue(endpoints: list[Endpoint], *, after: int) -> None:
    from django.db import connection

    from portal.webhooks.event_types import TEST
    from portal.webhooks.models import Delivery, Event
    from portal.webhooks.payloads import trial_message

    for endpoint in endpoints:
        events = Event.objects.bulk_create(
            Event(
                organisation=endpoint.organisation,
                type=TEST,
                body=trial_message(endpoint.organisation, name=str(after + number), at=AT),
                at=AT,
                created_at=AT,
            )
            for number in range(MESSAGES_EACH)
        )
        Delivery.objects.bulk_create(
            Delivery(event=event, endpoint=endpoint, next_attempt_at=AT) for event in events
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE webhooks_delivery, webhooks_event, webhooks_endpoint")


def _forget() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE webhooks_event, webhooks_endpoint CASCADE")
