"""Sent once more: one message, or everything an endpoint wants since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.refusals import Refusal
from portal.webhooks.models import Delivery, Endpoint, Event, Replay
from portal.webhooks.operations.endpoints import EndpointDisabled, lock_alone, locked

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person


NUMBERS_AT_ONCE = 1_000
AGAIN = """
    INSERT INTO webhooks_delivery (event_id, endpoint_id, next_attempt_at, tries)
    SELECT id, %(endpoint)s, %(at)s, 0 FROM webhooks_event
    WHERE organisation_id = %(organisation)s AND sequence BETWEEN %(first)s AND %(last)s
    AND type = ANY (%(types)s) AND created_at >= %(since)s
    ORDER BY sequence
    ON CONFLICT (event_id, endpoint_id) DO UPDATE
    SET next_attempt_at = excluded.next_attempt_at, replayed_at = excluded.next_attempt_at,
        delivered_at = NULL, given_up_at = NULL, tries = 0
"""


class NothingToReplay(Refusal):
    sentence = _("Nothing that this endpoint wants has happened since then.")


class ReplayUnderWay(Refusal):
    sentence = _("Messages are being sent there again already. Wait until that is through.")


class OnItsWay(Refusal):
    sentence = _("This message is on its way already.")


@transaction.atomic
def replay(delivery: Delivery, *, at: dt.datetime) -> Delivery:
    """Send the same message now, all attempts ahead.

    Also one that waits for its next attempt: who asks knows that the receiver is mended, and the
    schedule may be a day away. Since when the endpoint fails stays as it is: only an attempt that
    succeeds changes that. Raises EndpointDisabled, OnItsWay.
    """
    endpoint = locked(delivery.endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if delivery.is_on_its_way:
        raise OnItsWay
    delivery.next_attempt_at = delivery.replayed_at = at
    delivery.delivered_at = delivery.given_up_at = None
    delivery.tries = 0
    delivery.save(
        update_fields=["next_attempt_at", "replayed_at", "delivered_at", "given_up_at", "tries"]
    )
    return delivery


@transaction.atomic
def replay_since(endpoint: Endpoint, *, since: dt.datetime, by: Person, at: dt.datetime) -> int:
    """Send everything the endpoint wants that was told from `since` on; returns how many.

    Also what was told while it was switched off, or before it wanted that, and at once what waits
    for its next attempt. Said here and done in steps by `underway`, as far as the endpoint stays
    on. Raises EndpointDisabled, ReplayUnderWay, NothingToReplay.
    """
    endpoint = locked(endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    if Replay.objects.filter(endpoint=endpoint).exists():
        raise ReplayUnderWay
    wanted = Event.objects.of(endpoint.organisation).numbered().since(since)
    wanted = wanted.filter(type__in=endpoint.event_types)
    found = wanted.aggregate(count=Count("pk"), first=Min("sequence"), last=Max("sequence"))
    count: int = found["count"]
    if not count:
        raise NothingToReplay
    Replay.objects.create(
        endpoint=endpoint,
        asked_at=at,
        since=since,
        count=count,
        next_number=found["first"],
        last_number=found["last"],
    )
    record(
        endpoint,
        "webhook.replayed",
        organisation=endpoint.organisation,
        by=by,
        at=at,
        details={"address": endpoint.address, "since": since, "count": count},
    )
    return count


@transaction.atomic
def send_some(endpoint_id: int) -> bool:
    """The next numbers of what the endpoint is to get once more; whether there were any.

    Locks this endpoint alone: nobody waits longer because there are more.
    """
    endpoint = lock_alone(Endpoint.objects.enabled().filter(pk=endpoint_id))
    found = Replay.objects.filter(endpoint=endpoint_id).first()
    if endpoint is None or found is None:
        return False
    last = min(found.next_number + NUMBERS_AT_ONCE - 1, found.last_number)
    with connection.cursor() as cursor:
        cursor.execute(
            AGAIN,
            {
                "endpoint": endpoint.pk,
                "organisation": endpoint.organisation_id,
                "types": endpoint.event_types,
                "first": found.next_number,
                "last": last,
                "since": found.since,
                "at": found.asked_at,
            },
        )
    if last == found.last_number:
        found.delete()
    else:
        found.next_number = last + 1
        found.save(update_fields=["next_number"])
    return True
