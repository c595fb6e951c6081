from __future__ import annotations

from typing import TYPE_CHECKING

from billing.metering import sums

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Every usage event that was accepted was counted, once; every correction voided one."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - counts do not depend on time
    yield from sums.miscounted_months()
