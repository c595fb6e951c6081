"""Deliveries: claimed as rows, sent without a lock in hand, and written down with what came back.

A claim moves the next attempt ahead. A worker killed between sending and writing leaves a
delivery that is made again when that time has come: the same message with the same id.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import SystemRandom
from typing import TYPE_CHECKING

import structlog
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.actors import SCHEDULE
from customers.history import record
from customers.models import Membership
from customers.operations.mail import queue_letter
from customers.refusals import Refusal
from portal.webhooks import sending
from portal.webhooks.models import Attempt, Delivery, Endpoint, EndpointSecret, Event
from portal.webhooks.operations.endpoints import (
    EndpointDisabled,
    EndpointRemoved,
    locked,
    switch_off,
)
from portal.webhooks.payloads import id_in
from portal.webhooks.signing import signed_headers, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import Person

log = structlog.get_logger(__name__)

# After the first failure, the second, …; after the last one it is given up. The first attempt
# is made at once.
RETRY_AFTER = (
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
)
JITTER = 0.1  # later by up to this share, so that not everybody comes back at once
DISABLED_AFTER = dt.timedelta(days=5)  # of nothing but failures
KEPT_FOR = dt.timedelta(days=90)  # events, with what was answered to them
CLAIMED_FOR = dt.timedelta(minutes=2)  # longer than any attempt takes
AT_ONCE = 10
FORGOTTEN_AT_ONCE = 1000
OF_ONE_ENDPOINT = 4  # at a time; a slow receiver does not keep the others waiting

GONE = 410

_random = SystemRandom()


class NothingToReplay(Refusal):
    sentence = _("Nothing that this endpoint wants has happened since then.")


class AlreadyWaiting(Refusal):
    sentence = _("This delivery is waiting for its next attempt already.")


@dataclass(frozen=True)
class Claimed:
    """What one attempt needs, so that it is made without the database."""

    delivery_id: int
    address: str
    body: str
    sealed: tuple[str, ...]  # the secrets that sign it


def deliver_due(*, at: dt.datetime, signed_at: dt.datetime) -> int:
    """Attempt what is due, up to ten at once; returns how many attempts were made.

    `signed_at` is the real instant: receivers refuse what is signed too long ago or ahead.
    """
    claimed = claim(at=at)
    if not claimed:
        return 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        outcomes = list(threads.map(lambda each: _attempt(each, signed_at), claimed))
    for each, outcome in zip(claimed, outcomes, strict=True):
        write_down(each.delivery_id, outcome, at=at)
    return len(claimed)


@transaction.atomic
def claim(*, at: dt.datetime) -> list[Claimed]:
    """Take what is due, each endpoint in its turn; nobody else attempts it for two minutes."""
    turns = Delivery.objects.due_at(at).in_turns(OF_ONE_ENDPOINT).values_list("pk", flat=True)
    taken = list(
        Delivery.objects.due_at(at)
        .filter(pk__in=list(turns[:AT_ONCE]))
        .select_related("event", "endpoint")
        .select_for_update(skip_locked=True, of=["self"])
        .order_by("next_attempt_at", "pk")
    )
    Delivery.objects.filter(pk__in=[each.pk for each in taken]).update(
        next_attempt_at=at + CLAIMED_FOR
    )
    sealed = _sealed({each.endpoint_id for each in taken}, at)
    return [
        Claimed(
            delivery_id=each.pk,
            address=each.endpoint.address,
            body=each.event.body,
            sealed=sealed[each.endpoint_id],
        )
        for each in taken
    ]


@transaction.atomic
def write_down(delivery_id: int, outcome: sending.Outcome, *, at: dt.datetime) -> None:
    """What came of an attempt, and what follows for the delivery and its endpoint."""
    endpoint = _endpoint_of(delivery_id)
    if endpoint is None:
        return
    delivery: Delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    Attempt.objects.create(
        delivery=delivery,
        at=at,
        status=outcome.status,
        trouble=outcome.trouble,
        answer=outcome.answer,
        duration_ms=outcome.duration_ms,
    )
    delivery.tries += 1
    if outcome.succeeded:
        _succeeded(delivery, endpoint, at=at)
    else:
        _failed(delivery, endpoint, outcome, at=at)


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


def forget_old(*, at: dt.datetime) -> int:
    """Delete what was told 90 days ago and waits no more; returns how many events.

    The history keeps what happened, and the counter goes on.
    """
    forgotten = 0
    while True:
        waiting = Delivery.objects.waiting().values("event")
        old = Event.objects.filter(created_at__lt=at - KEPT_FOR).exclude(pk__in=waiting)
        some = list(old.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        if not some:
            return forgotten
        Event.objects.filter(pk__in=some).delete()
        forgotten += len(some)


def _endpoint_of(delivery_id: int) -> Endpoint | None:
    """Locked; None when it was removed meanwhile, and its deliveries with it."""
    its_own = Delivery.objects.filter(pk=delivery_id).values("endpoint")
    found = Endpoint.objects.filter(pk__in=its_own).first()
    try:
        return locked(found) if found else None
    except EndpointRemoved:
        return None


def _attempt(claimed: Claimed, signed_at: dt.datetime) -> sending.Outcome:
    try:
        secrets = [unseal(each) for each in claimed.sealed]
    except InvalidToken:  # somebody changed SECRET_KEY and kept no fallback
        log.exception("webhook secret lost", delivery=claimed.delivery_id)
        return sending.Outcome(trouble=Attempt.Trouble.SECRET_LOST.value)
    headers = signed_headers(id_in(claimed.body), claimed.body, with_secrets=secrets, at=signed_at)
    return sending.attempt(claimed.address, claimed.body, headers)


def _sealed(endpoint_ids: Iterable[int], at: dt.datetime) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for secret in EndpointSecret.objects.signing_at(at).filter(endpoint__in=endpoint_ids):
        found[secret.endpoint_id] = (*found.get(secret.endpoint_id, ()), secret.sealed)
    return found


def _succeeded(delivery: Delivery, endpoint: Endpoint, *, at: dt.datetime) -> None:
    delivery.delivered_at, delivery.next_attempt_at, delivery.given_up_at = at, None, None
    delivery.save()
    if endpoint.failing_since is not None:
        endpoint.failing_since = None
        endpoint.save(update_fields=["failing_since"])


def _failed(
    delivery: Delivery, endpoint: Endpoint, outcome: sending.Outcome, *, at: dt.datetime
) -> None:
    _wait_or_give_up(delivery, at=at)
    delivery.save()
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        endpoint.save(update_fields=["failing_since"])
    if not endpoint.is_enabled:
        return
    if outcome.status == GONE:
        _switch_off(endpoint, Endpoint.Disabled.GONE, at=at)
    elif endpoint.failing_since <= at - DISABLED_AFTER:
        _switch_off(endpoint, Endpoint.Disabled.FAILING, at=at)


def _wait_or_give_up(delivery: Delivery, *, at: dt.datetime) -> None:
    """What was over before its attempt came back, as of a disabled endpoint, stays so."""
    if delivery.next_attempt_at is None:
        return
    if delivery.tries > len(RETRY_AFTER):
        delivery.next_attempt_at, delivery.given_up_at = None, at
    else:
        wait = RETRY_AFTER[delivery.tries - 1]
        delivery.next_attempt_at = at + wait * (1 + _random.uniform(0, JITTER))


def _switch_off(endpoint: Endpoint, because: Endpoint.Disabled, *, at: dt.datetime) -> None:
    switch_off(endpoint, because=because, by=SCHEDULE, at=at)
    for member in Membership.objects.of(endpoint.organisation).owners().reachable():
        queue_letter(
            to=member.person.email,
            language=member.person.language,
            template="webhooks/endpoint_disabled",
            context={
                "organisation": endpoint.organisation,
                "endpoint": endpoint,
                "is_gone": because is Endpoint.Disabled.GONE,
                "days": DISABLED_AFTER.days,
            },
            at=at,
        )


def _start_anew(delivery_ids: Iterable[int], *, at: dt.datetime) -> None:
    Delivery.objects.filter(pk__in=list(delivery_ids)).update(
        next_attempt_at=at, tries=0, delivered_at=None, given_up_at=None, replayed_at=at
    )
