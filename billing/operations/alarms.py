"""Telling the vendor's staff that a check has parked somebody in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from billing.causes import INVARIANT, WORDS
from billing.models import RunItem
from customers.models import Duty, Organisation
from customers.operations.mail import queue_letter
from customers.queries import staff_with_duty

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from billing.models import BillingRun
    from billing.operations.outcomes import Claimed

log = structlog.get_logger(__name__)


def tell_of_breaches(items: Iterable[Claimed], *, run: BillingRun, at: dt.datetime) -> None:
    """Log each item that a check parked; write to billing about the first of each rule in a run.

    Called before the items are saved: what the run shows already has been told. Ten thousand
    customers with the same fault are one letter (or two, from two workers at the same moment).
    """
    parked = [item for item in items if item.cause.startswith(INVARIANT)]
    for item in parked:
        log.error(
            "invariant broken by a draft",
            rule=item.cause,
            organisation=item.organisation_id,
            run=run.pk,
            what=item.detail,
        )
    causes = {item.cause for item in parked}
    told = RunItem.objects.filter(run=run, cause__in=causes).values_list("cause", flat=True)
    for cause in sorted(causes - set(told) if causes else ()):
        first = next(item for item in parked if item.cause == cause)
        _write(first, run=run, at=at)


def _write(item: Claimed, *, run: BillingRun, at: dt.datetime) -> None:
    organisation = Organisation.objects.get(pk=item.organisation_id)
    for person in staff_with_duty(Duty.BILLING):
        queue_letter(
            to=person.email,
            language=person.language,
            template="billing/run_parked",
            context={
                "person": person,
                "run": run,
                "organisation": organisation,
                "rule": WORDS[item.cause],
                "what": item.detail,
            },
            at=at,
        )
