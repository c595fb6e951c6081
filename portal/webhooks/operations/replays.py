"""Sent once more: one message, or everything an endpoint wants since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.refusals import Refusal
from portal.webhooks.models import Delivery, Event
from portal.webhooks.operations.endpoints import EndpointDisabled, locked

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Person
    from portal.webhooks.models import Endpoint


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
    _start_anew([delivery.pk], at=at)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay_since(endpoint: Endpoint, *, since: dt.datetime, by: Person, at: dt.datetime) -> int:
    """Send everything the endpoint wants that was told from `since` on; returns how many.

    Also what was told while it was switched off, or before it wanted that. Raises
    EndpointDisabled, NothingToReplay.
    """
    endpoint = locked(endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    wanted = Event.objects.of(endpoint.organisation).numbered().since(since)
    wanted = wanted.filter(type__in=endpoint.event_types).order_by("sequence")
    Delivery.objects.bulk_create(
        [Delivery(event=event, endpoint=endpoint, next_attempt_at=at) for event in wanted],
        ignore_conflicts=True,  # those that there are begin anew below
    )
    again = endpoint.deliveries.filter(event__in=wanted)
    count = again.count()
    if not count:
        raise NothingToReplay
    _start_anew(again.filter(next_attempt_at__isnull=True).values_list("pk", flat=True), at=at)
    record(
        endpoint,
        "webhook.replayed",
        organisation=endpoint.organisation,
        by=by,
        at=at,
        details={"address": endpoint.address, "since": since, "count": count},
    )
    return count


def _start_anew(delivery_ids: Iterable[int], *, at: dt.datetime) -> None:
    Delivery.objects.filter(pk__in=list(delivery_ids)).update(
        next_attempt_at=at, tries=0, delivered_at=None, given_up_at=None, replayed_at=at
    )
