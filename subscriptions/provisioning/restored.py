"""What a replaced sandbox loses: every yes that was given before it was replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions.applications.closing import close
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.models import Authorisation
from subscriptions.reasons import RESTORED

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor
    from customers.models import Tenant


def lose_consents_from_before(
    restored_at: dt.datetime, tenant: Tenant, *, by: Actor, at: dt.datetime
) -> list[Authorisation]:
    """Revoke what was agreed to before `restored_at`, or deny what waits for the app manager.

    What was agreed to since, and what is only asked for, stays. The caller holds the
    organisation's lock.
    """
    from_before = (
        Authorisation.objects.on(tenant)
        .filter(confirmed_at__lte=restored_at)
        .with_names()
        .select_for_update(of=["self"])
        .order_by("pk")
    )
    lost = close(from_before, reason=RESTORED, by=by, at=at)
    for told, these in lost.items():
        write_to_approvers(these, told, at=at)
        write_to_maker(these, told, at=at)
    return [each for these in lost.values() for each in these]
