"""What takes longer than a request: messages that are sent again, endpoints that are emptied.

A row says what is left of each, and each step is a transaction that locks its endpoint alone: a
worker that is killed has done what it did, and the next one goes on from there.
"""

from __future__ import annotations

from django.db import transaction

from customers.bulk import DELETED_AT_ONCE
from customers.turns import each_alone
from portal.webhooks.models import Delivery, Endpoint, Replay
from portal.webhooks.operations.endpoints import lock_alone
from portal.webhooks.operations.replays import send_some


def take_steps() -> int:
    """One of everything that is under way, so that nothing waits for the longest; how many."""
    return each_alone(
        Replay.objects.order_by("asked_at", "pk").values_list("pk", flat=True),
        send_some,
        trouble="webhook messages were not sent again",
        named=lambda endpoint_id: {"endpoint": endpoint_id},
    ) + each_alone(
        Endpoint.objects.removed().order_by("removed_at", "pk").values_list("pk", flat=True),
        empty_some,
        trouble="a removed webhook endpoint was not emptied",
        named=lambda endpoint_id: {"endpoint": endpoint_id},
    )


@transaction.atomic
def empty_some(endpoint_id: int) -> bool:
    """Delete some of what a removed endpoint left behind, at last itself; whether it was there."""
    endpoint = lock_alone(Endpoint.objects.removed().filter(pk=endpoint_id))
    if endpoint is None:
        return False
    some = list(endpoint.deliveries.order_by("pk").values_list("pk", flat=True)[:DELETED_AT_ONCE])
    Delivery.objects.filter(pk__in=some).delete()
    if len(some) < DELETED_AT_ONCE:
        endpoint.delete()
    return True
