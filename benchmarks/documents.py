"""What the documents of an invoice take: accessible PDF, XML inside, UBL, and the verdict."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.measuring import Row
    from billing.models import Invoice

TIMES = 5
INVOICES = 40


def measure() -> list[Row]:
    """Everything in this one process, the judge too: what it takes of one core."""
    from tests.factories.documents import issued

    invoices = [issued(name=f"Customer {number}") for number in range(INVOICES)]
    _make(invoices)  # the first time it reads fonts and rules
    processor = [_seconds_each(invoices, time.process_time) for _time in range(TIMES)]
    elapsed = [_seconds_each(invoices, time.perf_counter) for _time in range(TIMES)]
    return [
        _row("Documents of an invoice, 1 page, processor time", processor),
        _row("Documents of an invoice, 1 page, elapsed", elapsed),
    ]


def _seconds_each(invoices: list[Invoice], clock: Callable[[], float]) -> float:
    begun = clock()
    _make(invoices)
    return (clock() - begun) / len(invoices)


def _make(invoices: Iterable[Invoice]) -> None:
    from billing.documents.judge import judge
    from billing.documents.rendering import render

    for invoice in invoices:
        rendered = render(invoice)
        assert not judge("ubl", rendered.ubl.decode(), is_german=False)
        assert not judge("cii", rendered.cii.decode(), is_german=False)


def _row(what: str, seconds: list[float]) -> Row:
    spread = f"{min(seconds) * 1000:.1f} – {max(seconds) * 1000:.1f}"
    return what, f"{statistics.median(seconds) * 1000:.1f} ms", spread
