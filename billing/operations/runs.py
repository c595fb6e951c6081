"""The monthly run: due and not yet billed, whoever asks and however often.

A run is a list of organisations; any number of workers take chunks off it. Each chunk is one
transaction: a worker killed in the middle has done nothing, and the next one does it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from billing import numbering
from billing.candidates import organisations_due
from billing.models import BillingRun, RunItem
from billing.operations import outcomes
from billing.operations.alarms import tell_of_breaches
from billing.operations.issuing import Drafted, issue_many
from billing.operations.previewed import Preview, foreseen_of, previews_of
from billing.policies import policy_of
from billing.schedule import due_months
from catalog.models import Seller
from catalog.queries import sellers_for
from customers.actors import SCHEDULE
from customers.bulk import any_of, copy_rows, plan_anew, without_garbage_collection
from customers.models import Organisation, Person
from customers.refusals import Refusal
from customers.values import as_values
from subscriptions.periods import Month, local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from customers.actors import Actor
    from customers.values import Customer

CHUNK = 4_000  # organisations per transaction

SELLER_CHANGED = "seller_changed"  # the customer's country has another seller by now


class MonthNotBegun(Refusal):
    """Somebody may still change what is due: a month is invoiced when it has begun."""

    sentence = _("This month has not begun yet: it can be previewed, not invoiced.")


class EarlierMonthsFirst(Refusal):
    """`months` are due or unfinished and come before, so that each gets its own invoice."""

    sentence = _("An earlier month has not been invoiced yet. Run that one first.")

    def __init__(self, months: Sequence[Month]) -> None:
        super().__init__(months)
        self.months = tuple(months)


class NothingDueThen(Refusal):
    """The month lies before everything that could be due."""

    sentence = _("Nothing is due for this month.")


class TooFarAhead(Refusal):
    sentence = _("Only the next month can be previewed: of later ones too little is known.")


class ExampleSeller(Refusal):
    """Nobody gets an invoice of a company that does not exist."""

    sentence = _(
        "This seller is still the example that comes along: it invoices nobody. Load the catalogue"
        " with your own."
    )


class RunClosed(Refusal):
    sentence = _("This run is closed: what is left goes with a later month.")


class NothingToRetry(Refusal):
    sentence = _("There is nothing to try again here: it was dealt with already.")


@transaction.atomic
def open_run(seller: Seller, month: Month, *, by: Actor = SCHEDULE, at: dt.datetime) -> BillingRun:
    """The run of that month, with an item for every organisation that could owe something.

    There is only one, however often it is opened. It goes by itself unless the seller's policy
    has it wait for `approvals.approve`.
    Raises ExampleSeller, MonthNotBegun, EarlierMonthsFirst, NothingDueThen.
    """
    refuse_example(seller)
    if month.starts_at(seller.zone) > at:
        raise MonthNotBegun
    _take_turns(seller)
    existing = BillingRun.objects.of_seller(seller).filter(month=month.first_day).first()
    if existing:
        return existing
    due = due_months(seller, at)
    if month not in due:
        raise NothingDueThen
    unfinished = BillingRun.objects.of_seller(seller).unfinished().oldest_month_first()
    earlier = [Month.of(run.month) for run in unfinished] + due[: due.index(month)]
    if earlier:
        raise EarlierMonthsFirst(earlier)
    run = BillingRun.objects.create(
        seller=seller,
        month=month.first_day,
        started_by=by if isinstance(by, Person) else None,
        started_at=at,
        approved_at=None if policy_of(seller).needs_approval else at,
    )
    waiting = ((each,) for each in organisations_due(seller, month))
    with connection.cursor() as cursor:
        copy_rows(cursor, RunItem, ("organisation_id",), waiting, same={"run_id": run.pk})
    return run


@without_garbage_collection()
@transaction.atomic
def work(run: BillingRun, *, at: dt.datetime, limit: int = CHUNK) -> int:
    """Deal with up to `limit` organisations that wait; returns how many, 0 when none is free.

    Before the run is approved nobody is dealt with. Items that another worker has are skipped,
    not waited for. What is wrong with one organisation is written on its item (HELD, FAILED)
    and stops nobody else.
    """
    if not BillingRun.objects.filter(pk=run.pk).approved().exists():
        return 0
    plan_anew()
    items = {item.organisation_id: item for item in outcomes.claim(run, limit)}
    if not items:
        return 0
    organisations = _locked(items)
    previews = previews_of(organisations, seller=run.seller, month=Month.of(run.month))
    sellers = sellers_for({each.country for each in organisations})
    ours = {country for country, seller in sellers.items() if seller == run.seller}
    drafted: list[Drafted] = []
    for preview in previews:
        item = items[preview.organisation.pk]
        if preview.parked:
            item.hold(preview.parked.cause, preview.parked.detail)
        elif preview.failure:
            item.fail(preview.failure)
        elif not preview.drafts and not preview.held:
            item.outcome = RunItem.Outcome.NOTHING_DUE
        elif preview.organisation.country not in ours:
            item.hold(SELLER_CHANGED)
        elif preview.held:
            item.hold(preview.held.cause)
        else:
            item.outcome = RunItem.Outcome.INVOICED
            drafted.append(Drafted(preview.organisation, preview.drafts))
    for organisation_id, failure in _issue(drafted, run=run, at=at).items():
        items[organisation_id].fail(failure)
    tell_of_breaches(items.values(), run=run, at=at)
    outcomes.write(items.values(), at=at)
    outcomes.close_earlier(items.values(), run=run, at=at)
    return len(items)


@transaction.atomic
def finish(run: BillingRun, *, at: dt.datetime) -> bool:
    """Mark the run finished when nobody waits any more; whether it was this call that did.

    Waits for who lets somebody wait again, and not for workers whose invoices name the run.
    """
    run_now = BillingRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    run.finished_at = run_now.finished_at
    if run_now.finished_at or not run_now.approved_at:
        return False
    if RunItem.objects.filter(run=run).pending().exists():
        return False
    run.finished_at = run_now.finished_at = at
    run_now.save(update_fields=["finished_at"])
    return True


def complete(run: BillingRun, *, at: dt.datetime, limit: int = CHUNK) -> BillingRun:
    """Work until nothing is left, a transaction per chunk. Other workers may do the same."""
    while work(run, at=at, limit=limit):
        pass
    finish(run, at=at)
    return run


@transaction.atomic
def retry(of: BillingRun | RunItem, *, by: Actor, at: dt.datetime, cause: str = "") -> int:
    """Let what was held or failed wait again; returns how many.

    One item, all of a run, or all of a run with the same `cause`. The run is unfinished again;
    a worker takes it up. Raises RunClosed, NothingToRetry.
    """
    run = of if isinstance(of, BillingRun) else of.run
    run_now = BillingRun.objects.select_for_update().get(pk=run.pk)
    if run_now.closed_at:
        raise RunClosed
    items = RunItem.objects.filter(run=run).needing_attention()
    if isinstance(of, RunItem):
        items = items.filter(pk=of.pk)
    elif cause:
        items = items.caused_by(cause)
    ids = list(items.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise NothingToRetry
    RunItem.objects.filter(any_of("pk", ids)).update(
        outcome=RunItem.Outcome.PENDING,
        cause="",
        detail="",
        done_at=None,
        retried_by=by if isinstance(by, Person) else None,
        retried_at=at,
        explanation="",
        explained_by=None,
        explained_at=None,
    )
    run_now.finished_at = None
    run_now.save(update_fields=["finished_at"])
    run.finished_at = None
    return len(ids)


def retry_each(items: Iterable[RunItem], *, by: Actor, at: dt.datetime) -> list[RunItem]:
    """The same for each by itself; returns those that wait again.

    Without those that somebody else dealt with meanwhile, or whose run was closed.
    """
    waiting = []
    for item in items:
        with suppress(RunClosed, NothingToRetry):
            retry(item, by=by, at=at)
            waiting.append(item)
    return waiting


def run_due(*, at: dt.datetime) -> list[BillingRun]:
    """Everything that is due, in this process: the runs that had something to do, oldest first."""
    done: list[BillingRun] = []
    for seller in Seller.objects.in_order():
        while run := next_run(seller, at=at):
            done.append(complete(run, at=at))
            if run.finished_at is None:  # another worker has the rest
                break
    return done


def next_run(seller: Seller, *, at: dt.datetime) -> BillingRun | None:
    """The run to work on now: the oldest unfinished, else the next that is due, opened.

    None while that one waits for approval: months are done one after the other.
    """
    run = BillingRun.objects.of_seller(seller).unfinished().oldest_month_first().first()
    if run is None:
        months = [] if is_only_example(seller) else due_months(seller, at)
        run = open_run(seller, months[0], at=at) if months else None
    return run if run and run.approved_at else None


def is_only_example(seller: Seller) -> bool:
    """Whether it is invented and this is a server; the demo and the tests invoice all the same."""
    return seller.example and not settings.EXAMPLES_ARE_INVOICED


def refuse_example(seller: Seller) -> None:
    """Raises ExampleSeller."""
    if is_only_example(seller):
        raise ExampleSeller


def preview_month(seller: Seller, month: Month, *, at: dt.datetime) -> list[Preview]:
    """What the run of `month` would make, after those before it, for everybody with something
    due, by name.

    Raises TooFarAhead.
    """
    refuse_too_far(seller, month, at)
    found = Organisation.objects.filter(pk__in=organisations_due(seller, month))
    by_name = found.order_by("name", "pk")
    previews = foreseen_of(by_name, seller=seller, month=month, at=at)
    return [preview for preview in previews if preview.outcome != ()]


def refuse_too_far(seller: Seller, month: Month, at: dt.datetime) -> None:
    """Raises TooFarAhead for what comes after the next month."""
    if month > Month.at(at, seller.zone).next:
        raise TooFarAhead


def _take_turns(seller: Seller) -> None:
    """Two schedulers that open a run at once take turns; the second finds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('billing.open_run'), %s)", [seller.pk]
        )


def _locked(organisation_ids: Iterable[int]) -> list[Customer]:
    """In primary-key order, as everybody does who changes what an organisation has."""
    wanted = Organisation.objects.filter(any_of("pk", organisation_ids)).order_by("pk")
    return as_values(wanted.select_for_update(no_key=True))


def _issue(drafted: list[Drafted], *, run: BillingRun, at: dt.datetime) -> dict[int, Exception]:
    """Issue all at once; if that fails, each half, to find who it is. Failures by organisation."""
    by = run.started_by or SCHEDULE
    if not drafted:
        return {}
    try:
        issue_many(drafted, seller=run.seller, by=by, at=at)
    # The database is in trouble or the worker's time over, not a customer: all of it again later.
    except (OperationalError, SoftTimeLimitExceeded):
        raise
    except Exception as failure:  # noqa: BLE001 - one customer never stops the run
        if len(drafted) == 1:
            return {drafted[0].organisation.pk: failure}
        numbering.hold_all(run.seller, year=local_day(at, run.seller.zone).year)
        half = len(drafted) // 2
        first = _issue(drafted[:half], run=run, at=at)
        return first | _issue(drafted[half:], run=run, at=at)
    return {}
