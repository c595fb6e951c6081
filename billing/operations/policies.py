"""How a seller's runs go is a policy that staff change; each change is a row that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from billing.models import BillingPolicy
from customers.locks import take_turns_setting_policies
from customers.refusals import ChangedMeanwhile

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from billing.bounds import Bounds
    from catalog.models import Seller
    from customers.models import Person


@transaction.atomic
def set_policy(
    seller: Seller,
    *,
    needs_approval: bool,
    bounds: Bounds,
    as_seen: Callable[[Seller], bool] | None = None,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> BillingPolicy:
    """What counts from now on, for the next chunk of a run that is under way too.

    A run that was opened already keeps whether it waits for approval. Raises ChangedMeanwhile
    when the seller's policy is no longer `as_seen`.
    """
    take_turns_setting_policies()
    if as_seen and not as_seen(seller):
        raise ChangedMeanwhile
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
