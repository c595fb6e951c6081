"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from billing.invariants import every
from billing.models import BillingRun
from billing.operations import breaches, coming_prices, previews, runs, thresholds
from billing.queries.previews import every_preview
from catalog.models import Seller
from customers import clock
from customers.passes import take_turn
from customers.turns import come_back, go_on, place, turn
from subscriptions.operations import plans

if TYPE_CHECKING:
    import datetime as dt

    from celery import Task

log = structlog.get_logger(__name__)


@shared_task(expires=settings.MESSAGE_SECONDS)
def run_due_billing() -> list[int]:
    """Wake workers for each seller's oldest unfinished run, opening what is due; and for previews.

    Months are done one after the other: `work_on_run` calls this again when it has finished one.
    """
    at = clock.now()
    due = [run for seller in Seller.objects.in_order() if (run := runs.next_run(seller, at=at))]
    for run in due:
        for _worker in range(settings.WORKERS_PER_RUN):
            work_on_run.delay(run.pk)
    for preview in every_preview().unfinished():
        work_on_preview.delay(preview.pk)
    return [run.pk for run in due]


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def work_on_run(self: Task, run_id: int) -> int:
    """Take chunks off a run for one turn; returns how many organisations it has done.

    None where the run has all its workers already: then it comes back.
    """
    run = BillingRun.objects.select_related("seller", "started_by").get(pk=run_id)
    with place(f"billing.run {run_id}", of=settings.WORKERS_PER_RUN) as is_free:
        if not is_free:
            come_back(self, run_id)
            return 0
        done, is_all = turn(lambda: runs.work(run, at=clock.now(), limit=settings.BILLING_CHUNK))
    # Only one worker finds that it finished the run; that one looks for the next month. Asked after
    # every turn: the last customers may have been done just as this one was over.
    if runs.finish(run, at=clock.now()):
        run_due_billing.delay()
    elif not is_all:
        go_on(self, run_id)
    return done


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def work_on_preview(self: Task, preview_id: int) -> int:
    """Preview the next chunks of a month for one turn; returns how many organisations."""
    with place(f"billing.preview {preview_id}") as is_free:
        if not is_free:
            come_back(self, preview_id)
            return 0
        done, is_all = turn(
            lambda: previews.work(preview_id, at=clock.now(), limit=settings.BILLING_CHUNK)
        )
    if not is_all:
        go_on(self, preview_id)
    return done


@shared_task(bind=True)
def tell_thresholds(self: Task) -> int:
    """Every hour, in turns: who has used up so much of what is included; returns how many."""
    return take_turn(
        self,
        thresholds.REACHED,
        lambda: thresholds.tell_more(at=clock.now()),
        now=clock.now,
    )


@shared_task
def tell_coming_prices() -> int:
    """Every day: who uses what will have another price; returns how many were told."""
    return coming_prices.tell_coming(at=clock.now())


@shared_task
def check_invariants() -> None:
    """Every night: what must always hold, each rule in a message of its own.

    What the catalogue has just changed is followed first: it is no breach before its hour has
    come.
    """
    plans.follow_plans(at=clock.now())
    check_invariant.delay(0)


@shared_task
def check_invariant(number: int) -> int:
    """The rule of this number, and then the next; returns how many breaches there are.

    They are kept for staff until they are gone, and go to the log, as errors. A rule for which a
    worker has not time enough counts as broken: that it was not checked does not keep the others
    from being, and nobody reads that it holds. A check that meets another one ends: that one goes
    on to the last rule.
    """
    alone = False
    try:
        with place(breaches.WORK) as alone:
            return _check(number, at=clock.now()) if alone else 0
    finally:
        # Behind the block: who takes the message at once, and finds the place taken, ends.
        if alone and number + 1 < len(every.RULES):
            check_invariant.delay(number + 1)


def _check(number: int, *, at: dt.datetime) -> int:
    breaches.note_turn(number, at=at)
    try:
        checked = every.check_rule(number, at=at)
    except SoftTimeLimitExceeded:
        checked = every.unchecked(number)
    try:
        for what in checked.breaches:
            log.error("invariant broken", rule=checked.rule, what=what)
        breaches.note(checked, at=at)
    finally:
        if number + 1 == len(every.RULES):
            breaches.note_end(every.codes(), at=at)
    return len(checked.breaches)
