"""What was reported of a customer's month, each event as charged, free or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.conservation import Received
from billing.metering.known import anything_kept_since
from billing.metering.queries import refused_of
from billing.queries.days_of_use import counted

if TYPE_CHECKING:
    from billing.queries.days_of_use import Asked
    from subscriptions.periods import Month


def received_in(asked: Asked, *, now: Month) -> Received | None:
    """Of all tenants and meters; None where only a part is asked for, for what is refused may name
    none, and where the month is so long ago that what was refused is forgotten.
    """
    if asked.is_narrow or asked.month < anything_kept_since(now):
        return None
    accepted = counted(asked)
    return Received(
        charged=accepted.charged_events,
        free=accepted.free_events,
        refused=refused_of(asked.organisation, asked.month),
    )
