"""The monthly run against its yardsticks, by turns: chunked ORM, and COPY of the same rows."""

from __future__ import annotations

import datetime as dt
import threading
import time
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.processor import seconds_of_server
from benchmarks.workers import WORKERS, workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ProcessPoolExecutor

    from benchmarks.limit import Rows
    from billing.models import BillingRun
    from subscriptions.periods import Month

OCTOBER = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)
# Chunked ORM takes minutes where the run takes seconds: measured once, or not at all.
ORM_ONCE_ABOVE, ORM_NEVER_ABOVE = 10_000, 100_000


class Turn(NamedTuple):
    """One measurement. `processor` is what workers and PostgreSQL computed, in seconds."""

    seconds: float
    processor: float


class Turns(NamedTuple):
    """The same thing measured several times, by what it is."""

    run: list[Turn]
    orm: list[Turn]
    copy: list[Turn]


def turns(count: int, times: int) -> Turns:
    """Each is measured once before any is measured again: a busy machine slows all alike."""
    from benchmarks import crowd, limit

    crowd.forget_everybody()
    crowd.gather(count)
    measured = Turns([], [], [])
    with workers() as pool:
        for number in range(times):
            if count <= ORM_ONCE_ABOVE or (count <= ORM_NEVER_ABOVE and number == 0):
                measured.orm.append(_turn_of_run(pool, count, orm=True))
            measured.run.append(_turn_of_run(pool, count, orm=False))
            rows = [limit.written(stream) for stream in range(limit.STREAMS)]
            crowd.forget_runs()
            _open_again()
            measured.copy.append(_turn(partial(_at_once, [_copying(each) for each in rows])))
    return measured


def month_of(at: dt.datetime) -> Month:
    from subscriptions.periods import Month

    return Month.of(at.date())


def _turn_of_run(pool: ProcessPoolExecutor, count: int, *, orm: bool) -> Turn:
    """From opening the run to its last invoice; the processes are there already."""
    from benchmarks import crowd
    from billing.models import Invoice

    crowd.forget_runs()
    computed: list[float] = []

    def complete() -> None:
        begun = time.process_time()
        run = _open()
        computed.append(time.process_time() - begun)
        computed.extend(pool.map(_work, [(run.pk, orm)] * WORKERS))

    turn = _turn(complete)
    assert Invoice.objects.count() == count
    return turn._replace(processor=turn.processor + sum(computed))


def _turn(action: Callable[[], None]) -> Turn:
    """Of this process, only what `action` says it computed itself is counted."""
    server = seconds_of_server()
    begun = time.perf_counter()
    action()
    seconds = time.perf_counter() - begun
    return Turn(seconds, seconds_of_server() - server)


def _open() -> BillingRun:
    from billing.operations import runs
    from catalog.models import Seller

    seller = Seller.objects.get(is_default=True)
    return runs.open_run(seller, month_of(OCTOBER), at=OCTOBER)


def _open_again() -> None:
    """The run's own row; its items are copied back with the rest."""
    from billing.models import BillingRun
    from catalog.models import Seller

    BillingRun.objects.create(
        pk=_last_run(),
        seller=Seller.objects.get(is_default=True),
        month=month_of(OCTOBER).first_day,
        started_at=OCTOBER,
    )


def _last_run() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM billing_billingrun_id_seq")
        return int(cursor.fetchone()[0])


def _copying(rows: Rows) -> Callable[[], None]:
    from django.db import connection

    from benchmarks import limit

    def copy() -> None:
        limit.copy_back(rows)
        connection.close()

    return copy


def _at_once(actions: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(what: tuple[int, bool]) -> float:
    """Take chunks off a run until there are none; the seconds this process computed."""
    from benchmarks.chunked_orm import chunked_orm
    from billing.models import BillingRun
    from billing.operations import runs

    run_id, orm = what
    begun = time.process_time()
    run = BillingRun.objects.select_related("seller", "started_by").get(pk=run_id)
    with chunked_orm() if orm else nullcontext():
        while runs.work(run, at=OCTOBER):
            pass
    return time.process_time() - begun
