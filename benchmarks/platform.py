"""Facts delivered to the Operation Center: two workers, each tenant's in order, over HTTP."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.workers import WORKERS, workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Tenant

TENANTS, FACTS_EACH = 200, 50
AT = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)
SECRET = "whsec_dGhlIGJlbmNobWFyaydzIG93biBhbmQgbm9ib2R5IGVsc2Uncw"  # noqa: S105 - of this measurement


def rates(times: int) -> list[float]:
    """Facts a second, for each turn; every fact is there afterwards, in order."""
    os.environ["OPERATION_CENTER_SECRET"] = SECRET
    tenants = _tenants()
    found = []
    with tempfile.TemporaryDirectory() as directory, _platform(Path(directory), tenants) as kept:
        for number in range(times):
            _queue(tenants, after=number * FACTS_EACH)
            with workers() as pool:
                begun = time.perf_counter()
                delivered = sum(pool.map(_deliver, range(WORKERS)))
                found.append(delivered / (time.perf_counter() - begun))
            assert delivered == TENANTS * FACTS_EACH
            assert _in_order(kept) == (number + 1) * TENANTS * FACTS_EACH
    _forget()
    return found


@contextmanager
def _platform(directory: Path, tenants: list[Tenant]) -> Iterator[Path]:
    from portal.local import place

    port, kept = place.free_port(), directory / "state.sqlite3"
    os.environ["OPERATION_CENTER_URL"] = url = f"http://127.0.0.1:{port}"
    named = [f"--tenant=production/{each.identifier}" for each in tenants]
    command = [sys.executable, "manage.py", "operation_center", f"--port={port}"]
    process = subprocess.Popen(
        [*command, f"--state={kept}", *named], cwd=place.ROOT, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(url)
        yield kept
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            urlopen(f"{url}/healthz", timeout=1).close()  # noqa: S310 - our own process
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _deliver(_number: int) -> int:
    from customers import clock
    from subscriptions.provisioning import delivery

    delivered = 0
    while batch := delivery.deliver_due(now=lambda: AT, real_now=clock.real_now):
        delivered += batch
    return delivered


def _tenants() -> list[Tenant]:
    from tests.factories.customers import OrganisationFactory, TenantFactory

    organisations = [OrganisationFactory() for _each in range(20)]
    return [TenantFactory(organisation=organisations[n % 20]) for n in range(TENANTS)]


def _queue(tenants: list[Tenant], *, after: int) -> None:
    from subscriptions.provisioning.models import Fact, Feed

    Fact.objects.bulk_create(
        Fact(
            tenant=tenant,
            sequence=after + number,
            type="licence.changed",
            subject=f"licence:product-{number % 5}",
            value={"product": "scim", "capabilities": ["scim"], "until": None, "turn": number},
            at=AT,
        )
        for tenant in tenants
        for number in range(1, FACTS_EACH + 1)
    )
    Feed.objects.bulk_create([Feed(tenant=each) for each in tenants], ignore_conflicts=True)


def _in_order(kept: Path) -> int:
    """How many the platform applied; each tenant's in the order of their numbers."""
    with sqlite3.connect(kept) as db:
        rows = db.execute("SELECT identifier, sequence FROM applied ORDER BY rowid").fetchall()
    last: dict[str, int] = {}
    for identifier, sequence in rows:
        assert sequence == last.get(identifier, 0) + 1
        last[identifier] = sequence
    return len(rows)


def _forget() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE provisioning_fact, provisioning_feed, provisioning_attempt CASCADE"
        )
