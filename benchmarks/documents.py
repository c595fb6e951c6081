"""What the documents of an invoice take: accessible PDF, XML inside, UBL, and the verdict."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measuring import Row

TIMES = 5
INVOICES = 40


def measure() -> list[Row]:
    """On one core: the judge works while we wait for it."""
    from billing.documents.rendering import render
    from billing.documents.validation import broken_rules
    from tests.factories.documents import issued

    invoices = [issued(name=f"Customer {number}") for number in range(INVOICES)]
    steps: dict[str, list[float]] = {"": [], ", rendering alone": [], ", the verdict alone": []}
    for turn in range(TIMES + 1):  # the first one warms up
        rendering = judging = 0.0
        for invoice in invoices:
            begun = time.perf_counter()
            rendered = render(invoice, exchange_rate=None)
            done = time.perf_counter()
            assert not broken_rules("ubl", rendered.ubl, is_german=False)
            assert not broken_rules("cii", rendered.cii, is_german=False)
            rendering += done - begun
            judging += time.perf_counter() - done
        if turn:
            for values, seconds in zip(
                steps.values(), (rendering + judging, rendering, judging), strict=True
            ):
                values.append(seconds / INVOICES)
    return [_row(f"Documents of an invoice, 1 page{step}", steps[step]) for step in steps]


def _row(what: str, seconds: list[float]) -> Row:
    spread = f"{min(seconds) * 1000:.1f} – {max(seconds) * 1000:.1f}"
    return what, f"{statistics.median(seconds) * 1000:.1f} ms", spread
