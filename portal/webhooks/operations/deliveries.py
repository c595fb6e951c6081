"""Deliveries: each endpoint's in order, sent without a lock in hand, and written down with what
came back.

Whoever sends to an endpoint claims it for two minutes and takes what is due there. A worker killed
between sending and writing leaves it as it was: the same messages with the same ids come again.
"""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from operator import attrgetter
from random import SystemRandom
from typing import TYPE_CHECKING

import structlog
from cryptography.fernet import InvalidToken
from django.db import connection, transaction
from django.db.models import F

from customers.actors import SCHEDULE
from customers.bulk import delete_in_steps
from customers.policies import Policy
from customers.policy_queries import in_force, remembered
from portal.webhooks import sending
from portal.webhooks.letters import write_that_it_is_off, write_that_one_was_given_up
from portal.webhooks.models import Attempt, Delivery, Endpoint, EndpointSecret, Event
from portal.webhooks.operations.endpoints import (
    HOW_IT_GOES,
    EndpointRemoved,
    locked,
    switch_off,
)
from portal.webhooks.payloads import id_in
from portal.webhooks.signing import unseal
from subscriptions.provisioning.signing import signed_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet


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
# Later than the next attempt after a failure comes: who fails then fails anew.
SILENCE = RETRY_AFTER[-1] * (1 + JITTER) + dt.timedelta(hours=1)
CLAIMED_FOR = dt.timedelta(minutes=2)  # longer than any turn takes
PLACES = 20  # endpoints at a time, for one worker
PLACES_OF_FAILING = PLACES // 2
OF_ONE_ENDPOINT = 50  # messages, then the next one's turn
LANE_SECONDS = 15  # after that an endpoint gets no further message in its turn
TURN_SECONDS = 20  # then the worker takes its next task

GONE = 410

_how_it_goes = attrgetter(*HOW_IT_GOES)

FIRST_DUE = """
    SELECT lane.endpoint_id, due.id, event.body
    FROM unnest(%s::bigint[]) lane (endpoint_id)
    CROSS JOIN LATERAL (
        SELECT id, event_id, next_attempt_at FROM webhooks_delivery
        WHERE endpoint_id = lane.endpoint_id AND next_attempt_at <= %s
        ORDER BY next_attempt_at, event_id LIMIT %s
    ) due
    JOIN webhooks_event event ON event.id = due.event_id
    ORDER BY lane.endpoint_id, due.next_attempt_at, due.event_id
"""

_random = SystemRandom()


@dataclass(frozen=True)
class Lane:
    """What is due at one endpoint, in order, to be sent without the database."""

    endpoint_id: int
    address: str
    sealed: tuple[str, ...]  # the secrets that sign it
    messages: Mapping[int, str]  # by delivery id
    is_failing: bool = False


@dataclass(frozen=True)
class Sent:
    """What came of a lane, by delivery id; without those it did not get to."""

    endpoint_id: int
    address: str  # where they were sent; the endpoint may have another by now
    outcomes: Mapping[int, sending.Outcome]


def deliver_due(*, at: dt.datetime, signed_at: dt.datetime) -> int:
    """Attempt what is due, twenty endpoints at a time, each in order; returns how many attempts.

    Ends when nothing is due any more, or after the worker's turn of twenty seconds. `signed_at`
    is the real instant: receivers refuse what is signed too long ago or ahead.
    """
    attempted, ends = 0, time.monotonic() + TURN_SECONDS
    running: dict[Future[Sent], Lane] = {}
    with sending.Lines() as lines, ThreadPoolExecutor(max_workers=PLACES) as threads:
        while True:
            if time.monotonic() < ends:
                for lane in claim(at=at, beside=running.values()):
                    running[threads.submit(_send, lane, lines, signed_at)] = lane
            if not running:
                return attempted
            finished, _others = wait(running, return_when=FIRST_COMPLETED)
            for each in finished:
                del running[each]
            sent = [each.result() for each in finished]
            write_down(sent, at=at)
            attempted += sum(len(each.outcomes) for each in sent)


@transaction.atomic
def claim(*, at: dt.datetime, beside: Collection[Lane] = ()) -> list[Lane]:
    """Endpoints whose turn it is, with what is due there; nobody else sends there for two minutes.

    As many as have a place `beside` those that run already. Half of the places are for endpoints
    that accept what they get: those that fail may take long to do so.
    """
    waiting = Endpoint.objects.with_something_due(at).in_turn()
    found = waiting.select_for_update(skip_locked=True, no_key=True, of=["self"])
    failing = sum(lane.is_failing for lane in beside)
    taken = []
    for endpoint in found[: PLACES - len(beside)]:
        if endpoint.failing_since is not None:
            if failing >= PLACES_OF_FAILING:
                break
            failing += 1
        taken.append(endpoint)
    ids = [endpoint.pk for endpoint in taken]
    if not ids:
        return []
    Endpoint.objects.filter(pk__in=ids).update(free_at=at + CLAIMED_FOR)
    messages, sealed = _first_due(ids, at), _sealed(ids, at)
    return [
        Lane(
            endpoint_id=endpoint.pk,
            address=endpoint.address,
            sealed=sealed[endpoint.pk],
            messages=messages[endpoint.pk],
            is_failing=endpoint.failing_since is not None,
        )
        for endpoint in taken
    ]


def write_down(sent: Iterable[Sent], *, at: dt.datetime) -> None:
    """What came of attempts, and what follows for the deliveries and their endpoints."""
    patience = remembered(Policy.WEBHOOK_PATIENCE)
    by_endpoint = {each.endpoint_id: each for each in sent}
    for endpoint, because in _write_down(by_endpoint, patience=patience, at=at):
        _switch_off(endpoint, because, failing_days=patience.days, at=at)


@transaction.atomic
def _write_down(
    sent: Mapping[int, Sent], *, patience: dt.timedelta, at: dt.datetime
) -> list[tuple[Endpoint, Endpoint.Disabled]]:
    """All of it in a handful of statements; returns which endpoints are to be switched off."""
    locked_ones = Endpoint.objects.select_for_update(no_key=True).filter(pk__in=sent)
    endpoints = list(locked_ones.order_by("pk"))
    outcomes = {pk: outcome for each in sent.values() for pk, outcome in each.outcomes.items()}
    # What was removed meanwhile, with its endpoint, is nobody's.
    locked_deliveries = Delivery.objects.select_for_update(no_key=True).filter(pk__in=outcomes)
    deliveries = {delivery.pk: delivery for delivery in locked_deliveries.order_by("pk")}
    Attempt.objects.bulk_create(
        Attempt(
            delivery_id=pk,
            at=at,
            status=outcomes[pk].status,
            trouble=outcomes[pk].trouble,
            answer=outcomes[pk].answer,
            duration_ms=outcomes[pk].duration_ms,
        )
        for pk in outcomes
        if pk in deliveries
    )
    accepted = [pk for pk in deliveries if outcomes[pk].succeeded]
    Delivery.objects.filter(pk__in=accepted).update(
        tries=F("tries") + 1, delivered_at=at, next_attempt_at=None, given_up_at=None
    )
    # What the address before has not accepted is due at the one of now as it was.
    moved = {each.pk for each in endpoints if each.address != sent[each.pk].address}
    failed = [
        delivery
        for pk, delivery in deliveries.items()
        if not outcomes[pk].succeeded and delivery.endpoint_id not in moved
    ]
    given_up = {delivery.pk for delivery in failed if _wait_or_give_up(delivery, at=at)}
    Delivery.objects.bulk_update(failed, ["tries", "next_attempt_at", "given_up_at"])
    return _judge(endpoints, sent, given_up, patience=patience, at=at)


def _judge(
    endpoints: Iterable[Endpoint],
    sent: Mapping[int, Sent],
    given_up: AbstractSet[int],
    *,
    patience: dt.timedelta,
    at: dt.datetime,
) -> list[tuple[Endpoint, Endpoint.Disabled]]:
    """Let others send there, and see how it goes: failing since when, and whether for too long."""
    changed, over = [], []
    for endpoint in endpoints:
        endpoint.free_at = at
        if endpoint.address != sent[endpoint.pk].address:
            continue  # it says nothing of the one of now
        before = _how_it_goes(endpoint)
        outcomes = sent[endpoint.pk].outcomes
        because = _go_through(outcomes, endpoint, given_up, patience=patience, at=at)
        if because and endpoint.is_enabled:
            over.append((endpoint, because))
        elif not given_up.isdisjoint(outcomes):
            _tell_that_one_was_given_up(endpoint, patience=patience, at=at)
        if _how_it_goes(endpoint) != before:
            changed.append(endpoint)
    Endpoint.objects.filter(pk__in=[each.pk for each in endpoints]).update(free_at=at)
    Endpoint.objects.bulk_update(changed, HOW_IT_GOES)
    return over


def _tell_that_one_was_given_up(
    endpoint: Endpoint, *, patience: dt.timedelta, at: dt.datetime
) -> None:
    """Once within `patience`, whatever is accepted meanwhile: a receiver that refuses one kind of
    event and accepts the others would have its owners written to about every message of it.
    """
    told_at = endpoint.given_up_told_at
    if told_at is not None and told_at > at - patience:
        return
    endpoint.given_up_told_at = at
    since = _nothing_accepted_since(endpoint)
    write_that_one_was_given_up(
        endpoint,
        attempts=1 + len(RETRY_AFTER),
        failing_days=patience.days,
        off_from=since and since + patience,
        at=at,
    )


def _nothing_accepted_since(endpoint: Endpoint) -> dt.datetime | None:
    """The first failure, or the first message that was given up, if a silence came between."""
    return min(filter(None, (endpoint.failing_since, endpoint.given_up_since)), default=None)


def _go_through(
    outcomes: Mapping[int, sending.Outcome],
    endpoint: Endpoint,
    given_up: AbstractSet[int],
    *,
    patience: dt.timedelta,
    at: dt.datetime,
) -> Endpoint.Disabled | None:
    """Write them down on the endpoint. Returns why it is to be switched off.

    Where little is sent there are silences between failures. That nothing is accepted shows there
    by what is given up: the owners hear of the first, and a later one is the last.
    """
    because: Endpoint.Disabled | None = None
    for delivery_id, outcome in outcomes.items():
        if outcome.succeeded:
            endpoint.failing_since = endpoint.given_up_since = None
            continue
        if endpoint.failed_at is None or endpoint.failed_at < at - SILENCE:
            endpoint.failing_since = None
        endpoint.failing_since, endpoint.failed_at = endpoint.failing_since or at, at
        failing_since = endpoint.failing_since
        if delivery_id in given_up:
            endpoint.given_up_since = endpoint.given_up_since or at
            failing_since = min(failing_since, endpoint.given_up_since)
        if outcome.status == GONE:
            because = Endpoint.Disabled.GONE
        elif failing_since <= at - patience:
            because = because or Endpoint.Disabled.FAILING
    return because


def forget_old(*, at: dt.datetime) -> int:
    """Delete what was told long ago (`Policy.WEBHOOKS_KEPT`) and waits no more; returns how many
    events.

    The history keeps what happened, and the counter goes on.
    """
    waiting = Delivery.objects.waiting().values("event")
    until = at - in_force(Policy.WEBHOOKS_KEPT)
    old = Event.objects.filter(created_at__lt=until).exclude(pk__in=waiting)
    return delete_in_steps(old.order_by("created_at"))


def _send(lane: Lane, lines: sending.Lines, signed_at: dt.datetime) -> Sent:
    """One after the other, until the endpoint is gone or has taken long enough for this time."""
    outcomes: dict[int, sending.Outcome] = {}
    try:
        secrets = [unseal(each) for each in lane.sealed]
    except InvalidToken:  # somebody changed SECRET_KEY and kept no fallback
        log.exception("webhook secret lost", endpoint=lane.endpoint_id)
        lost = sending.Outcome(trouble=Attempt.Trouble.SECRET_LOST.value)
        return Sent(lane.endpoint_id, lane.address, dict.fromkeys(lane.messages, lost))
    ends = time.monotonic() + LANE_SECONDS
    with lines.open() as line:
        for delivery_id, body in lane.messages.items():
            headers = signed_headers(id_in(body), body, with_secrets=secrets, at=signed_at)
            outcome = outcomes[delivery_id] = line.post(lane.address, body, headers)
            if outcome.status == GONE or time.monotonic() >= ends:
                break
    return Sent(lane.endpoint_id, lane.address, outcomes)


def _first_due(endpoint_ids: list[int], at: dt.datetime) -> dict[int, dict[int, str]]:
    """Bodies by endpoint and delivery, in order. Each endpoint's first are found by its index:
    a window would read all that waits there to number it.
    """
    found: dict[int, dict[int, str]] = {pk: {} for pk in endpoint_ids}
    with connection.cursor() as cursor:
        cursor.execute(FIRST_DUE, [endpoint_ids, at, OF_ONE_ENDPOINT])
        for endpoint_id, delivery_id, body in cursor:
            found[endpoint_id][delivery_id] = body
    return found


def _sealed(endpoint_ids: Iterable[int], at: dt.datetime) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for secret in EndpointSecret.objects.signing_at(at).filter(endpoint__in=endpoint_ids):
        found[secret.endpoint_id] = (*found.get(secret.endpoint_id, ()), secret.sealed)
    return found


def _wait_or_give_up(delivery: Delivery, *, at: dt.datetime) -> bool:
    """Returns whether it is given up now.

    What was over before its attempt came back, as of a disabled endpoint, stays so.
    """
    delivery.tries += 1
    if delivery.next_attempt_at is None:
        return False
    if delivery.tries > len(RETRY_AFTER):
        delivery.next_attempt_at, delivery.given_up_at = None, at
        return True
    pause = RETRY_AFTER[delivery.tries - 1]
    delivery.next_attempt_at = at + pause * (1 + _random.uniform(0, JITTER))
    return False


@transaction.atomic
def _switch_off(
    endpoint: Endpoint, because: Endpoint.Disabled, *, failing_days: int, at: dt.datetime
) -> None:
    """Apart from the writing: an organisation is locked before what is its own, never after."""
    judged = endpoint.address
    try:
        endpoint = locked(endpoint)
    except EndpointRemoved:
        return
    if not endpoint.is_enabled or endpoint.address != judged:
        return
    switch_off(endpoint, because=because, by=SCHEDULE, at=at)
    write_that_it_is_off(endpoint, because, failing_days=failing_days, at=at)
