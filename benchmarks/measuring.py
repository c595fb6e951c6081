"""Measures with a median of five, and says on what machine. See docs/performance.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.place import facts, own_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from subscriptions.periods import Month

TIMES = 5
REPORT = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: make benchmark -->\n", "<!-- end -->\n"
OCTOBER = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)
A_MONTH = dt.timedelta(days=31)

type Row = tuple[str, str, str]  # what, median, fastest and slowest


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 customers only; writes nothing")
    parser.add_argument("--only-usage", action="store_true", help="events alone; writes nothing")
    given = parser.parse_args()
    quick = given.quick
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
    with own_database():
        from django.core.management import call_command

        call_command("load_catalogue", verbosity=0)
        known = facts()
        if given.only_usage:
            print(_table(known, _usage()))
            return
        rows = _measure(1_000, processes=(1, 2)) + _later_months(200)
        if not quick:
            rows += _measure(10_000, processes=(2,))
        rows += _usage()
    table = _table(known, rows)
    print(table)
    if not quick:
        _write(table)


def _set_up() -> None:
    import django

    django.setup()


def _measure(count: int, *, processes: tuple[int, ...]) -> list[Row]:
    from benchmarks import crowd

    crowd.forget_everybody()
    crowd.gather(count)
    rows: list[Row] = []
    for number in processes:
        rates = [count / _seconds_of_run(number) for _time in range(TIMES)]
        rows.append(_rate(f"Monthly run, {count:,} customers, {number} at work", rates))
    return [*rows, *_nothing_due(count), *_licence_checks(count)]


def _seconds_of_run(processes: int) -> float:
    """From opening the run to its last invoice; the processes are there already."""
    from benchmarks import crowd
    from billing.models import Invoice
    from billing.operations import runs
    from catalog.models import Seller

    crowd.forget_runs()
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_set_up) as pool:
        list(pool.map(_warm_up, range(processes)))
        begun = time.perf_counter()
        run = runs.open_run(Seller.objects.get(is_default=True), _month(OCTOBER), at=OCTOBER)
        made = sum(pool.map(_work, [run.pk] * processes))
        seconds = time.perf_counter() - begun
    assert made == Invoice.objects.issued().count()
    return seconds


def _warm_up(_number: int) -> None:
    from billing.models import BillingRun

    BillingRun.objects.exists()
    time.sleep(0.5)  # so that each process gets one


def _work(run_id: int) -> int:
    from billing.models import BillingRun
    from billing.operations import runs

    run = BillingRun.objects.select_related("seller", "started_by").get(pk=run_id)
    done = 0
    while dealt_with := runs.work(run, at=OCTOBER):
        done += dealt_with
    return done


def _usage() -> list[Row]:
    """Events counted over HTTP, beside the same job in plain Django."""
    from benchmarks import ingest

    rows: list[Row] = []
    for size, door, plain in ingest.rates(TIMES):
        ratios = [ours / theirs for ours, theirs in zip(door, plain, strict=True)]
        rows += [
            _per_second(f"Usage events, batches of {size:,}, 2 processes", door, "events"),
            _per_second("… the same job in plain Django", plain, "events"),
            (
                "… times as fast",
                f"{statistics.median(ratios):,.1f}",
                f"{min(ratios):,.1f} – {max(ratios):,.1f}",
            ),
        ]
    return rows


def _later_months(count: int) -> list[Row]:
    """The thirteenth month in a row: what a year of invoices behind it costs a run."""
    from benchmarks import crowd
    from billing.operations import runs
    from catalog.models import Seller

    crowd.forget_everybody()
    crowd.gather(count)
    at, seller = OCTOBER, Seller.objects.get(is_default=True)
    rates = []
    for _number in range(12 + TIMES):
        run = runs.open_run(seller, _month(at), at=at)
        rates.append(count / _seconds(partial(runs.complete, run, at=at)))
        at += A_MONTH
    return [_rate(f"With a year of invoices behind it, {count:,} customers, 1 at work", rates[12:])]


def _nothing_due(count: int) -> list[Row]:
    from billing.operations import runs

    runs.run_due(at=OCTOBER)
    seconds = [_seconds(lambda: runs.run_due(at=OCTOBER)) for _time in range(TIMES)]
    return [_duration(f"Tick with nothing due, {count:,} customers", seconds)]


def _licence_checks(count: int) -> list[Row]:
    from customers.models import Tenant
    from subscriptions.licences import licences_of, products_of

    tenants = list(Tenant.objects.order_by("pk")[:200])
    one, many = [], []
    for _time in range(TIMES):
        one.append(_seconds(lambda: [products_of(each, OCTOBER) for each in tenants]) / 200)
        many.append(_seconds(lambda: licences_of(tenants, OCTOBER)) / 200)
    return [
        _duration(f"Licence check of one tenant, of {count:,}", one),
        _duration(f"The same for 200 tenants at once, each, of {count:,}", many),
    ]


def _month(at: dt.datetime) -> Month:
    from subscriptions.periods import Month

    return Month.of(at.date())


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _rate(what: str, rates: list[float]) -> Row:
    return _per_second(what, rates, "invoices")


def _per_second(what: str, rates: list[float], things: str) -> Row:
    spread = f"{min(rates):,.0f} – {max(rates):,.0f}"
    return what, f"{statistics.median(rates):,.0f} {things}/s", spread


def _duration(what: str, seconds: list[float]) -> Row:
    spread = f"{min(seconds) * 1000:.2f} – {max(seconds) * 1000:.2f}"
    return what, f"{statistics.median(seconds) * 1000:.2f} ms", spread


def _table(known: list[tuple[str, str]], rows: list[Row]) -> str:
    about = [f"- {name}: {value}" for name, value in known]
    head = [f"| What | Median of {TIMES} | Slowest and fastest |", "|---|---:|---:|"]
    body = [f"| {what} | {median} | {spread} |" for what, median, spread in rows]
    return "\n".join([*about, "", *head, *body, ""])


def _write(table: str) -> None:
    """Between the marks; what limits it is written by hand below them."""
    text = REPORT.read_text()
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    REPORT.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
