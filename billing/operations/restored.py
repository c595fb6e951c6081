"""After a restored backup: what was invoiced since it was made is not known here any more.

Its month would be invoiced anew by itself, under numbers that other invoices have. So nothing is
issued before a person has compared, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from billing.causes import RESTORED
from billing.models import BillingRun, RunItem
from billing.operations.policies import set_policy
from billing.operations.runs import finish
from billing.policies import policy_of
from catalog.models import Seller

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person


class Stopped(NamedTuple):
    sellers: list[Seller]  # whose runs went by themselves until now
    held: int  # customers of runs that were let go before


@transaction.atomic
def have_runs_wait(*, reason: str, by: Person, at: dt.datetime) -> Stopped:
    """From now on no run of any seller invoices anybody unless staff let it.

    Runs that are opened wait for approval, until staff set another policy. Who would
    be invoiced by a run that was let go before is held, until staff try them again.
    """
    sellers = []
    for seller in Seller.objects.in_order():
        policy = policy_of(seller)
        if policy.needs_approval:
            continue
        set_policy(seller, needs_approval=True, bounds=policy.bounds, reason=reason, by=by, at=at)
        sellers.append(seller)
    under_way = list(BillingRun.objects.unfinished().approved())
    held = RunItem.objects.invoiced_unasked().update(
        outcome=RunItem.Outcome.HELD, cause=RESTORED, detail="", done_at=at
    )
    for run in under_way:
        finish(run, at=at)
    return Stopped(sellers, held)
