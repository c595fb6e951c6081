"""Which policies are in force, now and before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings

from customers.models import PolicyChange
from customers.policies import RANGES, Policy

if TYPE_CHECKING:
    import datetime as dt

    from customers.querysets import PolicyChangeQuerySet

type InForce = dict[Policy, dt.timedelta]


def in_force(policy: Policy) -> dt.timedelta:
    """What counts now, whoever has just changed it."""
    newest = PolicyChange.objects.of(policy).newest_first().values_list("value", flat=True).first()
    found = RANGES[policy]
    return found.span(found.default if newest is None else newest)


def all_in_force() -> InForce:
    newest = dict(PolicyChange.objects.newest_of_each().values_list("policy", "value"))
    return {
        policy: found.span(newest.get(policy.value, found.default))
        for policy, found in RANGES.items()
    }


def changes_of(policy: Policy) -> PolicyChangeQuerySet:
    """Everything that it ever was, the newest first."""
    return PolicyChange.objects.of(policy).newest_first().with_names()


# --- For what is asked thousands of times a second ---

_memories: list[tuple[float, InForce]] = []  # one, or none yet


def remembered(policy: Policy) -> dt.timedelta:
    """The same without asking each time: a change reaches every process within seconds."""
    instant = time.monotonic()
    memory = next(iter(_memories), None)  # another thread may forget it meanwhile
    if memory is None or instant - memory[0] >= settings.POLICIES_MEMORY_SECONDS:
        memory = (instant, all_in_force())
        _memories[:] = [memory]
    return memory[1][policy]


def forget() -> None:
    _memories.clear()
