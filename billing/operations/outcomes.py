"""Whose turn it is in a run, and what became of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from msgspec import Struct

from billing.models import RunItem
from customers.bulk import any_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from billing.models import BillingRun

Outcome = RunItem.Outcome

SETTLED = (Outcome.INVOICED, Outcome.NOTHING_DUE)
SMALL = 500  # organisations: below that a chunk costs more than it balances
# What waits and is locked is another worker's until it commits. A lock is written on the row; that
# of a worker who was killed, or of staff who tried again, stays there as well, which makes a chunk
# smaller and nothing else.
NOBODYS = """
    SELECT count(*) FROM (
        SELECT FROM billing_runitem
        WHERE run_id = %s AND outcome = 'pending' AND xmax = 0 LIMIT %s
    ) AS item
"""
CARRIED_LATER = "carried_by_a_later_run"  # nothing left: a later month's invoice had it


class Claimed(Struct):
    """An item of a run that one worker deals with. `cause` is a code for `billing.causes`."""

    id: int
    organisation_id: int
    outcome: Outcome = Outcome.PENDING
    cause: str = ""
    detail: str = ""

    def hold(self, cause: str, detail: str = "") -> None:
        self._needs_attention(Outcome.HELD, cause, detail)

    def fail(self, failure: Exception) -> None:
        self._needs_attention(Outcome.FAILED, type(failure).__name__, str(failure))

    def _needs_attention(self, outcome: Outcome, cause: str, detail: str) -> None:
        self.outcome, self.cause, self.detail = outcome, cause[:60], detail[:2000]


def claim(run: BillingRun, limit: int) -> list[Claimed]:
    """Up to `limit` items that wait, locked; those that another worker has are skipped.

    Towards the end half of what nobody has: so the last chunks are small, and no worker is left
    alone with a large one.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOBODYS, [run.pk, 2 * limit])
        (free,) = cursor.fetchone()
    waiting = RunItem.objects.filter(run=run).pending().order_by("organisation_id")
    wanted = waiting.select_for_update(skip_locked=True).values_list("pk", "organisation_id")
    return [Claimed(*row) for row in wanted[: min(limit, max(free // 2, SMALL))]]


def write(items: Iterable[Claimed], *, at: dt.datetime) -> None:
    """One statement per outcome: there are few, whatever the size of the chunk."""
    alike: dict[tuple[Outcome, str, str], list[int]] = defaultdict(list)
    for item in items:
        alike[item.outcome, item.cause, item.detail].append(item.id)
    for (outcome, cause, detail), ids in alike.items():
        RunItem.objects.filter(any_of("pk", ids)).update(
            outcome=outcome, cause=cause, detail=detail, attempts=F("attempts") + 1, done_at=at
        )


def close_earlier(items: Iterable[Claimed], *, run: BillingRun, at: dt.datetime) -> None:
    """What earlier months still held of these organisations is on this month's document now."""
    settled = [item.organisation_id for item in items if item.outcome in SETTLED]
    earlier = RunItem.objects.needing_attention().filter(
        any_of("organisation", settled), run__month__lt=run.month
    )
    # Somebody may be retrying one right now; that one finds nothing due by itself.
    ids = list(
        earlier.select_for_update(skip_locked=True, of=["self"])
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if ids:
        RunItem.objects.filter(any_of("pk", ids)).update(
            outcome=Outcome.NOTHING_DUE, cause=CARRIED_LATER, detail="", done_at=at
        )
