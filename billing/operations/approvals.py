"""The two ends of a run that a person decides: letting it go, and closing its month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import BillingRun, RunItem
from billing.operations.runs import RunClosed, refuse_example
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person


class AlreadyApproved(Refusal):
    sentence = _("This run was approved already.")


class StillUnderWay(Refusal):
    sentence = _("This run is not finished yet: it can be closed when nobody waits any more.")


class NotExplained(Refusal):
    """Somebody is held or failed, and nobody has said why that is in order."""

    sentence = _(
        "Some customers are held or failed without an explanation. Try them again, or say why "
        "they go with a later month."
    )


class NothingToExplain(Refusal):
    sentence = _("There is nothing to explain here: it was dealt with already.")


@transaction.atomic
def approve(run: BillingRun, *, by: Person, at: dt.datetime) -> BillingRun:
    """Let the run go: from now on workers take it up. Raises AlreadyApproved, ExampleSeller."""
    run = BillingRun.objects.select_for_update(of=["self"]).select_related("seller").get(pk=run.pk)
    refuse_example(run.seller)
    if run.approved_at:
        raise AlreadyApproved
    run.approved_by, run.approved_at = by, at
    run.save(update_fields=["approved_by", "approved_at"])
    return run


@transaction.atomic
def close(run: BillingRun, *, by: Person, at: dt.datetime) -> BillingRun:
    """The month is done: nothing of this run is tried again.

    Who is held or failed needs an explanation; a later month's run carries what they owe.
    Raises RunClosed, StillUnderWay, NotExplained.
    """
    run = BillingRun.objects.select_for_update().get(pk=run.pk)
    if run.closed_at:
        raise RunClosed
    if not run.finished_at:
        raise StillUnderWay
    if RunItem.objects.filter(run=run).unexplained().exists():
        raise NotExplained
    run.closed_by, run.closed_at = by, at
    run.save(update_fields=["closed_by", "closed_at"])
    return run


@transaction.atomic
def explain(
    of: BillingRun | RunItem, explanation: str, *, by: Person, at: dt.datetime, cause: str = ""
) -> int:
    """Say why it is in order that customers stay held or failed; returns for how many.

    Of one item, or of all of a run with the same `cause` that have no explanation yet.
    Raises RunClosed, NothingToExplain.
    """
    run = BillingRun.objects.select_for_update().get(
        pk=of.pk if isinstance(of, BillingRun) else of.run_id
    )
    if run.closed_at:
        raise RunClosed
    items = RunItem.objects.filter(run=run).needing_attention()
    if isinstance(of, RunItem):
        items = items.filter(pk=of.pk)
    else:
        items = items.unexplained().caused_by(cause)
    count = items.update(explanation=explanation, explained_by=by, explained_at=at)
    if not count:
        raise NothingToExplain
    return count
