"""Sent once more: one message, or everything an endpoint wants since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.refusals import Refusal
from portal.webhooks.models import Delivery, Event
from portal.webhooks.operations.endpoints import EndpointDisabled, lock_alone, locked

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person
    from portal.webhooks.models import Endpoint


NUMBERS_AT_ONCE = 1_000
AGAIN = """
    INSERT INTO webhooks_delivery AS known (event_id, endpoint_id, next_attempt_at, tries)
    SELECT id, %(endpoint)s, %(at)s, 0 FROM webhooks_event
    WHERE organisation_id = %(organisation)s AND sequence BETWEEN %(first)s AND %(last)s
    AND type = ANY (%(types)s) AND created_at >= %(since)s
    ORDER BY sequence
    ON CONFLICT (event_id, endpoint_id) DO UPDATE
    SET next_attempt_at = excluded.next_attempt_at, replayed_at = excluded.next_attempt_at,
        delivered_at = NULL, given_up_at = NULL, tries = 0
    WHERE known.next_attempt_at IS NULL
"""


class NothingToReplay(Refusal):
    sentence = _("Nothing that this endpoint wants has happened since then.")


class AlreadyWaiting(Refusal):
    sentence = _("This delivery is waiting for its next attempt already.")


@transaction.atomic
def replay(delivery: Delivery, *, at: dt.datetime) -> Delivery:
    """Send the same message once more, all attempts ahead.

    Raises EndpointDisabled, AlreadyWaiting.
    """
    endpoint = locked(delivery.endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.next_attempt_at is not None:
        raise AlreadyWaiting
    delivery.next_attempt_at = delivery.replayed_at = at
    delivery.delivered_at = delivery.given_up_at = None
    delivery.tries = 0
    delivery.save(
        update_fields=["next_attempt_at", "replayed_at", "delivered_at", "given_up_at", "tries"]
    )
    return delivery


def replay_since(endpoint: Endpoint, *, since: dt.datetime, by: Person, at: dt.datetime) -> int:
    """Send everything the endpoint wants that was told from `since` on; returns how many.

    Also what was told while it was switched off, or before it wanted that. What waits for an
    attempt already goes on waiting. Said first and done in steps, each a transaction that
    locks this endpoint alone: nobody waits longer because there are more. Raises
    EndpointDisabled, NothingToReplay.
    """
    wanted = Event.objects.of(endpoint.organisation).numbered().since(since)
    wanted = wanted.filter(type__in=endpoint.event_types)
    found = wanted.aggregate(count=Count("pk"), first=Min("sequence"), last=Max("sequence"))
    count: int = found["count"]
    _say_so(endpoint, count, since=since, by=by, at=at)
    for first in range(found["first"], found["last"] + 1, NUMBERS_AT_ONCE):
        last = min(first + NUMBERS_AT_ONCE - 1, found["last"])
        if not _send_again(endpoint, first, last, since=since, at=at):
            break
    return count


@transaction.atomic
def _say_so(
    endpoint: Endpoint, count: int, *, since: dt.datetime, by: Person, at: dt.datetime
) -> None:
    endpoint = locked(endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    if not count:
        raise NothingToReplay
    record(
        endpoint,
        "webhook.replayed",
        organisation=endpoint.organisation,
        by=by,
        at=at,
        details={"address": endpoint.address, "since": since, "count": count},
    )


@transaction.atomic
def _send_again(
    endpoint: Endpoint, first: int, last: int, *, since: dt.datetime, at: dt.datetime
) -> bool:
    """Those of the numbers that it wants; False when it was switched off or removed meanwhile."""
    if not lock_alone(endpoint, only_if_on=True):
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            AGAIN,
            {
                "endpoint": endpoint.pk,
                "organisation": endpoint.organisation_id,
                "types": endpoint.event_types,
                "first": first,
                "last": last,
                "since": since,
                "at": at,
            },
        )
    return True
