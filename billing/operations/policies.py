"""How a seller's runs go is a policy that staff change; each change is a row that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import BillingPolicy

if TYPE_CHECKING:
    import datetime as dt

    from billing.bounds import Bounds
    from catalog.models import Seller
    from customers.models import Person


def set_policy(
    seller: Seller,
    *,
    needs_approval: bool,
    bounds: Bounds,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> BillingPolicy:
    """What counts from now on, for the next chunk of a run that is under way too.

    A run that was opened already keeps whether it waits for approval.
    """
    return BillingPolicy.objects.create(
        seller=seller,
        needs_approval=needs_approval,
        times_last_month=bounds.times_last_month,
        floor=bounds.floor,
        most_at_first=bounds.most_at_first,
        most_given_back=bounds.most_given_back,
        most_lines=bounds.most_lines,
        reason=reason,
        set_by=by,
        set_at=at,
    )
