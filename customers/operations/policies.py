"""A policy for the whole portal is another from now on; what it was stays written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from customers import policy_queries
from customers.locks import take_turns_setting_policies
from customers.models import PolicyChange
from customers.policies import RANGES
from customers.refusals import ChangedMeanwhile

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person
    from customers.policies import Policy


@transaction.atomic
def set_policy(
    policy: Policy, value: int, *, instead_of: int, reason: str, by: Person, at: dt.datetime
) -> PolicyChange | None:
    """In force at once, for what happens from now on: what was promised or made stays as it is.

    `value` and `instead_of`, which `by` saw, count the units of the policy. Returns None when it
    is that already. Raises ChangedMeanwhile, OutOfBounds.
    """
    bounds = RANGES[policy]
    bounds.span(value)
    take_turns_setting_policies()
    if policy_queries.in_force(policy) != bounds.span(instead_of):
        raise ChangedMeanwhile
    if value == instead_of:
        return None
    transaction.on_commit(policy_queries.forget)
    return PolicyChange.objects.create(
        policy=policy, value=value, reason=reason, set_by=by, set_at=at
    )
