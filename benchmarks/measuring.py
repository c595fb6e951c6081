"""Measures with a median of five, and says on what machine. See docs/performance.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import documents, entitlements, licence_files, monthly, tokens, why
from benchmarks.monthly import OCTOBER
from benchmarks.place import facts, own_database
from benchmarks.workers import WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.monthly import Turn

TIMES = 5
ONCE_FROM = 1_000_000  # customers: a run of so many says enough by itself
REPORT = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: make benchmark -->\n", "<!-- end -->\n"
A_MONTH = dt.timedelta(days=31)

type Row = tuple[str, str, str]  # what, median, fastest and slowest


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 customers only; writes nothing")
    parser.add_argument(
        "--customers",
        type=int,
        nargs="*",
        default=[1_000, 10_000, 100_000, 1_000_000],
        help="how many a run is measured with; a million takes 10 GB, and is measured once",
    )
    parser.add_argument("--times", type=int, default=TIMES, help="for how many a median is taken")
    parser.add_argument("--only-usage", action="store_true", help="events alone; writes nothing")
    parser.add_argument(
        "--only-entitlements", action="store_true", help="what may be used alone; writes nothing"
    )
    parser.add_argument(
        "--only-outgoing", action="store_true", help="facts and webhooks alone; writes nothing"
    )
    parser.add_argument("--only-tokens", action="store_true", help="tokens alone; writes nothing")
    given = parser.parse_args()
    counts = [1_000] if given.quick else given.customers
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
    with own_database():
        from django.core.management import call_command

        call_command("load_catalogue", verbosity=0)
        known = [*facts(), ("Each figure", f"the median of {given.times}")]
        if given.only_entitlements:
            found = licence_files.measure(given.times) + entitlements.measure(given.times)
            print(_table(known, found))
            return
        if given.only_outgoing:
            print(_table(known, _outgoing(given.times)))
            return
        if given.only_usage:
            print(_table(known, _usage(given.times)))
            return
        if given.only_tokens:
            print(_table(known, tokens.measure(given.times)))
            return
        rows: list[Row] = []
        for count in counts:
            rows += _said(_measure(count, given.times))
        rows += _said(_later_months(200))
        rows += _said(documents.measure())
        rows += _said(why.measure())
        rows += _said(tokens.measure(given.times))
        rows += _said(_usage(given.times))
        rows += _said(licence_files.measure(given.times))
        # Late: it brings tenants of its own.
        rows += _said(entitlements.measure(given.times))
        rows += _said(_outgoing(given.times))  # looks at none but its own
    table = _table(known, rows)
    print(table)
    if not given.quick:
        _write(table)


def _said(rows: list[Row]) -> list[Row]:
    """As soon as they are there: all of it takes long."""
    for what, median, _spread in rows:
        print(f"{what}: {median}", flush=True)
    return rows


def _measure(count: int, times: int) -> list[Row]:
    measured = monthly.turns(count, 1 if count >= ONCE_FROM else times)
    what = f"Monthly run, {count:,} customers, {WORKERS} at work"
    seconds = {name: [turn.seconds for turn in of] for name, of in measured._asdict().items()}
    rows = [
        _rate(what, [count / each for each in seconds["run"]]),
        _rate("… its rows copied in two streams", [count / each for each in seconds["copy"]]),
        _ratio("… share of the copying", seconds["copy"], seconds["run"]),
    ]
    if seconds["orm"]:
        rows += [
            _rate("… the same with chunked ORM", [count / each for each in seconds["orm"]]),
            _ratio("… times as fast as chunked ORM", seconds["orm"], seconds["run"]),
        ]
    return [
        *rows,
        _processor("… processor time", count, measured.run),
        _processor("… processor time of the copying", count, measured.copy),
        *_nothing_due(count),
        *_licence_checks(count),
    ]


def _usage(times: int) -> list[Row]:
    """Events counted over HTTP, beside the same job in Django REST framework."""
    from benchmarks import ingest

    rows: list[Row] = []
    for size, door, plain in ingest.turns(times):
        ours, theirs = ([turn.per_second for turn in turns] for turns in (door, plain))
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        rows += [
            _per_second(f"Usage events, batches of {size:,}, 2 processes", ours, "events"),
            _microseconds("… processor time of the portal", [turn.portal for turn in door]),
            _microseconds("… of PostgreSQL", [turn.postgres for turn in door]),
            _per_second("… the same job in Django REST framework", theirs, "events"),
            (
                "… times as fast",
                f"{statistics.median(ratios):,.1f}",
                f"{min(ratios):,.1f} – {max(ratios):,.1f}",
            ),
        ]
    return rows


def _outgoing(times: int) -> list[Row]:
    from benchmarks import platform, webhooks

    told, messages = platform.rates(times), webhooks.rates(times)
    return [
        _per_second(f"Facts delivered to the Operation Center, {WORKERS} workers", told, "facts"),
        _per_second(f"Webhooks delivered, {WORKERS} workers", messages, "messages"),
    ]


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
        run = runs.open_run(seller, monthly.month_of(at), at=at)
        rates.append(count / _seconds(partial(runs.complete, run, at=at)))
        at += A_MONTH
    return [_rate(f"With a year of invoices behind it, {count:,} customers, 1 at work", rates[12:])]


def _nothing_due(count: int) -> list[Row]:
    from billing.operations import runs

    runs.run_due(at=OCTOBER)
    seconds = [_seconds(lambda: runs.run_due(at=OCTOBER)) for _time in range(TIMES)]
    rates = [count / each for each in seconds]
    return [
        _duration(f"Rerun with nothing due, {count:,} customers", seconds),
        (
            "… customers a second",
            f"{statistics.median(rates):,.0f}",
            f"{min(rates):,.0f} – {max(rates):,.0f}",
        ),
    ]


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


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _rate(what: str, rates: list[float]) -> Row:
    return _per_second(what, rates, "invoices")


def _per_second(what: str, rates: list[float], things: str) -> Row:
    spread = f"{min(rates):,.0f} – {max(rates):,.0f}"
    return what, f"{statistics.median(rates):,.0f} {things}/s", spread


def _ratio(what: str, slower: list[float], faster: list[float]) -> Row:
    """Of those measured one after the other; the slower may have been measured less often."""
    ratios = [one / other for one, other in zip(slower, faster, strict=False)]
    return what, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} – {max(ratios):.2f}"


def _processor(what: str, count: int, turns: list[Turn]) -> Row:
    each = [turn.processor / count * 1_000_000 for turn in turns]
    return (
        what,
        f"{statistics.median(each):,.0f} µs an invoice",
        f"{min(each):,.0f} – {max(each):,.0f}",
    )


def _microseconds(what: str, each: list[float]) -> Row:
    spread = f"{min(each):,.1f} – {max(each):,.1f}"
    return what, f"{statistics.median(each):,.1f} µs an event", spread


def _duration(what: str, seconds: list[float]) -> Row:
    spread = f"{min(seconds) * 1000:.2f} – {max(seconds) * 1000:.2f}"
    return what, f"{statistics.median(seconds) * 1000:.2f} ms", spread


def _table(known: list[tuple[str, str]], rows: list[Row]) -> str:
    about = [f"- {name}: {value}" for name, value in known]
    head = ["| What | Median | Lowest and highest |", "|---|---:|---:|"]
    body = [f"| {what} | {median} | {spread} |" for what, median, spread in rows]
    return "\n".join([*about, "", *head, *body, ""])


def _write(table: str) -> None:
    """Between the marks; what limits it is written by hand below them."""
    text = REPORT.read_text()
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    REPORT.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
