from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import RunItem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Nothing is done before a run is approved, and a closed run leaves nothing unexplained."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    done = RunItem.objects.filter(run__approved_at__isnull=True, done_at__isnull=False)
    for item in done.order_by("pk"):
        yield f"item {item.pk} of run {item.run_id} was done before the run was approved"
    closed = RunItem.objects.filter(run__closed_at__isnull=False)
    for item in (closed.pending() | closed.unexplained()).order_by("pk"):
        yield f"item {item.pk} of run {item.run_id} is {item.outcome} in a closed run"
