"""Usage events over HTTP: two server processes, eight connections, and a twin in Django REST
framework beside it.
"""

from __future__ import annotations

import http.client
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.processor import seconds_of, seconds_of_server
from benchmarks.server import FROM_PROXY, serving, serving_twins
from customers.clock import real_now

if TYPE_CHECKING:
    import datetime as dt

    from benchmarks.server import Server

CONNECTIONS = 8
DOOR, PLAIN = "/api/v1/usage/events", "/plain/usage/events"
TENANTS, APPLICATIONS = 100, 20
# Of which size how many batches are sent to each of the two, each time.
BATCHES = {1000: (80, 8), 100: (400, 40), 1: (1600, 400)}


class Turn(NamedTuple):
    """What came of some batches, and the processor time that an event took, in microseconds."""

    per_second: float
    portal: float
    postgres: float


class Turns(NamedTuple):
    """Of batches of one size."""

    size: int
    door: list[Turn]
    plain: list[Turn]


def turns(times: int) -> list[Turns]:
    """Both in turns, so that what else the machine does falls on both."""
    secret = _prepare()
    found = [Turns(size, [], []) for size in BATCHES]
    with serving() as portal, serving_twins() as twins:
        for server, path in ((portal, DOOR), (twins, PLAIN)):  # all is loaded, months are there
            _send(server.port, path, secret, _bodies(100, 8))
        for _time in range(times):
            for each in found:
                for_door, for_plain = BATCHES[each.size]
                each.door.append(_turn(portal, DOOR, secret, each.size, for_door))
                each.plain.append(_turn(twins, PLAIN, secret, each.size, for_plain))
    _check()
    return found


def _prepare() -> str:
    from billing.metering.operations import credentials
    from customers.models import Tenant
    from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory

    organisation = OrganisationFactory(dutch=True)
    Tenant.objects.bulk_create(
        TenantFactory.build(organisation=organisation, identifier=f"Cust{90_000 + number}")
        for number in range(TENANTS)
    )
    by = PersonFactory(staff=True)
    return credentials.issue_for_platform(name="Benchmark", by=by, at=real_now()).secret


def _turn(server: Server, path: str, secret: str, size: int, count: int) -> Turn:
    bodies, events = _bodies(size, count), size * count
    portal, postgres = seconds_of(server.processes), seconds_of_server()
    begun = time.perf_counter()
    accepted = _send(server.port, path, secret, bodies)
    seconds = time.perf_counter() - begun
    portal, postgres = seconds_of(server.processes) - portal, seconds_of_server() - postgres
    assert accepted == events
    return Turn(events / seconds, portal / events * 1_000_000, postgres / events * 1_000_000)


def _send(port: int, path: str, secret: str, bodies: list[bytes]) -> int:
    """Each connection takes what is next: it does not matter how many of them a process has."""
    waiting = iter(bodies)  # taking one off is one step of the interpreter

    def send(_connection: int) -> int:
        client = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
        headers |= FROM_PROXY
        accepted = 0
        for body in waiting:
            client.request("POST", path, body, headers)
            accepted += json.loads(client.getresponse().read())["accepted"]
        client.close()
        return accepted

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(send, range(CONNECTIONS)))


def _bodies(size: int, count: int) -> list[bytes]:
    return [
        json.dumps({"events": [_event() for _each in range(size)]}).encode()
        for _batch in range(count)
    ]


def _event() -> dict[str, object]:
    instant = real_now()
    return {
        "id": _uuid7(instant),
        "source": "gateway-1",
        "tenant": f"Cust{90_000 + random.randrange(TENANTS)}",  # noqa: S311 - no secret
        "application": f"application-{random.randrange(APPLICATIONS)}",  # noqa: S311 - no secret
        "class": "MeteredApps",
        "meter": "api-calls",
        "quantity": 1,
        "time": instant.isoformat(),
    }


def _uuid7(instant: dt.datetime) -> str:
    """Python has them from 3.14."""
    text = f"{int(instant.timestamp() * 1000):012x}7{random.getrandbits(12):03x}"
    text += f"8{random.getrandbits(60):015x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _check() -> None:
    """Every event sent was counted, by the one or the other."""
    from billing.metering import sums

    assert sums.miscounted_months() == []
