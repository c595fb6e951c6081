from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from billing.models import BillingRun, RunItem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Nobody waits in a finished run."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    waiting = RunItem.objects.pending().filter(run=OuterRef("pk"))
    for run in BillingRun.objects.filter(Exists(waiting), finished_at__isnull=False):
        yield f"run {run.pk} is finished, and somebody waits"
