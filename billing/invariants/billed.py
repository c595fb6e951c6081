from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing import drafting
from billing.given_back import taken_back
from billing.invariants.settled_accounts import settled_accounts
from billing.settled import looked_at
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from billing.drafts import DraftLine
    from billing.models import BillingRun

RULE = "Every day due in a month that was run is billed, exactly once."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was run is in the rows
    """Whoever was held or failed is still owed an invoice; their earlier months count."""
    for settled in settled_accounts():
        found: dict[int, tuple[Month, tuple[DraftLine, ...]]] = {}
        for organisation, account, until in settled.accounts:
            # What is used is the rule of `conserved`: what was counted late waits for the next run.
            lines = drafting.due_lines(replace(account, usage=()), until)
            if lines:
                found[organisation.pk] = (until, lines)
        yield from _not_open(found, settled.newest)


def _not_open(
    found: Mapping[int, tuple[Month, tuple[DraftLine, ...]]], newest: BillingRun
) -> Iterator[str]:
    """Without credits that were taken back with their invoice since: the next run gives them."""
    looked = looked_at(found)
    due_again = taken_back(
        {pk: looked.get((pk, until), newest.started_at) for pk, (until, _) in found.items()}
    )
    for organisation_id, (_until, lines) in found.items():
        for line in lines:
            if Month.of(line.period_from) not in due_again.get(organisation_id, ()):
                yield (
                    f"organisation {organisation_id}: {line.quantity} × {line.component.code} of "
                    f"subscription {line.subscription.id} from {line.period_from} "
                    f"until {line.period_until}"
                )
