"""Staff keep a customer out of the runs, and let it in again; bounds that somebody has looked at.

A hold takes the organisation's lock, as a worker does: either the worker has finished with the
organisation, or it sees the hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.causes import BOUNDS, HELD_BY_STAFF
from billing.models import BillingHold, ItemReview, RunItem
from billing.operations import runs
from customers.history import record
from customers.refusals import Refusal
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Organisation, Person
    from subscriptions.periods import Month


class AlreadyHeld(Refusal):
    sentence = _("This customer is held already.")


class AlreadyReleased(Refusal):
    sentence = _("This hold was released already.")


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
def review(item: RunItem, *, reason: str, by: Person, at: dt.datetime) -> ItemReview:
    """Reviewed, issue it: the bound that holds the item counts no more for it, and it waits again.

    Only that bound, that customer and that month; another one may still hold it.
    Raises NothingToReview, and what `runs.retry` refuses.
    """
    item = RunItem.objects.with_names().get(pk=item.pk)
    if item.outcome != RunItem.Outcome.HELD or item.cause not in BOUNDS:
        raise NothingToReview
    cause = item.cause
    runs.retry(item, by=by, at=at)
    reviewed: ItemReview = ItemReview.objects.get_or_create(
        item=item,
        cause=cause,
        defaults={"reason": reason, "reviewed_by": by, "reviewed_at": at},
    )[0]
    return reviewed


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
