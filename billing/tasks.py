"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings

from billing import invariants
from billing.models import BillingRun
from billing.operations import previews, runs, thresholds
from billing.queries.previews import every_preview
from catalog.models import Seller
from customers import clock

log = structlog.get_logger(__name__)

WORKERS_PER_RUN = 2
CHUNKS_PER_TASK = 10  # then the next message: a task stays well within its time limit


@shared_task
def run_due_billing() -> list[int]:
    """Wake workers for each seller's oldest unfinished run, opening what is due; and for previews.

    Months are done one after the other: `work_on_run` calls this again when it has finished one.
    """
    at = clock.now()
    due = [run for seller in Seller.objects.in_order() if (run := runs.next_run(seller, at=at))]
    for run in due:
        for _worker in range(WORKERS_PER_RUN):
            work_on_run.delay(run.pk)
    for preview in every_preview().unfinished():
        work_on_preview.delay(preview.pk)
    return [run.pk for run in due]


@shared_task
def work_on_run(run_id: int) -> int:
    """Take chunks off a run; returns with how many organisations it dealt."""
    run = BillingRun.objects.select_related("seller", "started_by").get(pk=run_id)
    done = 0
    for _chunk in range(CHUNKS_PER_TASK):
        dealt_with = runs.work(run, at=clock.now(), limit=settings.BILLING_CHUNK)
        done += dealt_with
        if not dealt_with:
            break
    else:
        work_on_run.delay(run_id)
        return done
    # Only one worker finds that it finished the run; that one looks for the next month.
    if runs.finish(run, at=clock.now()):
        run_due_billing.delay()
    return done


@shared_task
def work_on_preview(preview_id: int) -> int:
    """Preview the next chunks of a month; returns how many organisations."""
    done = 0
    for _chunk in range(CHUNKS_PER_TASK):
        dealt_with = previews.work(preview_id, at=clock.now(), limit=settings.BILLING_CHUNK)
        done += dealt_with
        if not dealt_with:
            return done
    work_on_preview.delay(preview_id)
    return done


@shared_task
def tell_thresholds() -> int:
    """Every hour: who has used up so much of what is included; returns how many were told."""
    return thresholds.tell_reached(at=clock.now())


@shared_task
def check_invariants() -> int:
    """Every night: what must always hold. Breaches go to the log, as errors; returns how many."""
    breaches = invariants.check_all(at=clock.now())
    for breach in breaches:
        log.error("invariant broken", rule=breach.rule, what=breach.what)
    return len(breaches)
