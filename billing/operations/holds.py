"""Staff keep a customer out of the runs, and let it in again; bounds that somebody has looked at.

A hold takes the organisation's lock, as a worker does: either the worker has finished with the
organisation, or it sees the hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.causes import BOUNDS, HELD_BY_STAFF, finding
from billing.models import BillingHold, ItemReview, RunItem
from billing.operations import runs
from billing.operations.previewed import previews_of
from customers.history import record
from customers.refusals import ChangedMeanwhile, Refusal
from subscriptions.locks import lock_organisation
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt

    from billing.operations.parking import Parked
    from customers.models import Organisation, Person


class AlreadyHeld(Refusal):
    sentence = _("This customer is held already.")


class AlreadyReleased(Refusal):
    sentence = _("This hold was released already.")


class OutcomeChanged(ChangedMeanwhile):
    """What would be issued now is not what the person was shown."""

    sentence = _(
        "What would be issued has changed meanwhile: nothing is reviewed. Try the customer again, "
        "and look at what is found then."
    )


class NothingToReview(Refusal):
    """What holds the customer is not a bound, or does not hold it any more."""

    sentence = _("There is no bound to review here: it was dealt with already.")


@transaction.atomic
def hold(
    organisation: Organisation, *, month: Month | None, reason: str, by: Person, at: dt.datetime
) -> BillingHold:
    """Leave the customer out of the run of `month`, or (None) of all runs until released.

    What was issued before stays issued. Raises AlreadyHeld.
    """
    organisation = lock_organisation(organisation.pk)
    first_day = month.first_day if month else None
    held = BillingHold.objects.of(organisation).unreleased()
    if held.filter(month__isnull=True).exists() or held.filter(month=first_day).exists():
        raise AlreadyHeld
    placed = BillingHold.objects.create(
        organisation=organisation, month=first_day, reason=reason, placed_by=by, placed_at=at
    )
    _tell(placed, "billing.held", by=by, at=at)
    return placed


@transaction.atomic
def release(placed: BillingHold, *, by: Person, at: dt.datetime) -> list[RunItem]:
    """Let the customer in again; returns its items of open runs, which wait again.

    Another hold may go on keeping it out; then the run says so once more.
    Raises AlreadyReleased.
    """
    lock_organisation(placed.organisation_id)
    placed = BillingHold.objects.select_for_update(of=["self"]).with_names().get(pk=placed.pk)
    if placed.released_at:
        raise AlreadyReleased
    placed.released_by, placed.released_at = by, at
    placed.save(update_fields=["released_by", "released_at"])
    _tell(placed, "billing.released", by=by, at=at)
    waiting = (
        RunItem.objects.of(placed.organisation)
        .needing_attention()
        .caused_by(HELD_BY_STAFF)
        .in_open_runs()
    )
    if placed.month:
        waiting = waiting.filter(run__month=placed.month)
    return runs.retry_each(waiting.with_names().order_by("run__month", "pk"), by=by, at=at)


@transaction.atomic
def review(
    item: RunItem, *, reason: str, confirmed: str, by: Person, at: dt.datetime
) -> ItemReview:
    """Reviewed, issue it: the bound that holds the item lets go what was seen, and it waits again.

    `confirmed` is the `finding` that the person saw. Only that bound, that customer, that month
    and currency, and nothing further over the bound; another one may still hold it.
    Raises NothingToReview, OutcomeChanged, and what `runs.retry` refuses.
    """
    item = RunItem.objects.with_names().get(pk=item.pk)
    if item.outcome != RunItem.Outcome.HELD or item.cause not in BOUNDS:
        raise NothingToReview
    now = _parked_now(item)
    if now is None or now.seen is None or finding(now) != confirmed:
        raise OutcomeChanged
    runs.retry(item, by=by, at=at)
    return ItemReview.objects.create(
        item=item,
        cause=now.cause,
        currency=now.currency,
        net=now.seen.net,
        gross=now.seen.gross,
        lines=now.seen.lines,
        reason=reason,
        reviewed_by=by,
        reviewed_at=at,
    )


def _parked_now(item: RunItem) -> Parked | None:
    """What would hold the customer if the run came to it at this moment."""
    run = item.run
    month = Month.of(run.month)
    (preview,) = previews_of([item.organisation], seller=run.seller, month=month)
    return preview.parked


def _tell(placed: BillingHold, verb: str, *, by: Person, at: dt.datetime) -> None:
    """Without the reason, which is the vendor's own."""
    record(
        placed,
        verb,
        organisation=placed.organisation,
        by=by,
        at=at,
        details={"month": placed.month} if placed.month else {},
    )
