"""From what was noted to what is told: every noted history row becomes one numbered event.

The notes are the queue. A note goes in the transaction in which its event comes, so a worker that
is killed has done nothing, and a second one that comes along finds the rest.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction

from portal.webhooks.event_types import EVENT_TYPES, OF_TENANTS
from portal.webhooks.models import LONGEST_LEFT_OUT, Delivery, Endpoint, Event, Note, Stream
from portal.webhooks.payloads import message_of
from subscriptions.applications.models import Authorisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Container, Iterable, Mapping

    from customers.models import History

log = structlog.get_logger(__name__)

AT_A_TIME = 500  # notes per transaction
ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtext('webhooks.dispatch'))"


def dispatch(*, at: dt.datetime) -> int:
    """Make events, and their deliveries, of everything that is noted; returns how many events.

    A message whose details do not fit is told without them; the log and staff's page say so. Does
    nothing while another worker is at it.
    """
    made = 0
    while (found := _dispatch_some(at=at)) is not None:
        made += found
    return made


@transaction.atomic
def _dispatch_some(*, at: dt.datetime) -> int | None:
    """How many events came of the next notes; None when there are none to take."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        if cursor.fetchone() != (True,):
            return None
    found = Note.objects.select_related("organisation", "history__tenant__organisation")
    notes = list(found.order_by("history_id", "pk")[:AT_A_TIME])
    if not notes:
        return None
    authorisations = _authorisations([note.history for note in notes])
    let_in = _let_in([note for note in notes if note.history.verb in OF_TENANTS])
    streams = _streams({note.organisation_id for note in notes})
    events: list[Event] = []
    for stream, its_notes in _by_stream(notes, streams):
        told = [note for note in its_notes if _is_told(note, authorisations, let_in)]
        events += _events(stream, told, authorisations, at=at)
    _write(events, streams.values(), at=at)
    Note.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(events)


@transaction.atomic
def leave_out_numbers(count: int) -> int:
    """Number the next event of everybody so many later; returns of how many organisations.

    After a restored backup: numbers that were given since are not given again, for a receiver
    drops what has the id of a message that it knows.
    """
    listening = Endpoint.objects.values_list("organisation_id", flat=True)
    numbered = Stream.objects.values_list("pk", flat=True)
    streams = _streams({*listening, *numbered}).values()
    for stream in streams:
        stream.last_sequence += count
    return Stream.objects.bulk_update(streams, ["last_sequence"])


def _authorisations(history: Iterable[History]) -> dict[int, Authorisation]:
    """By id, those that any of the rows is about."""
    ids = {each.subject_id for each in history if each.subject_type == "authorisation"}
    found: dict[int, Authorisation] = Authorisation.objects.with_names().in_bulk(ids)
    return found


def _let_in(notes: Iterable[Note]) -> set[tuple[int, int]]:
    """Tenant and owner, of what was ever let in where any of the notes tells of the tenant."""
    found = Authorisation.objects.filter(
        tenant__in={note.history.tenant_id for note in notes},
        application__owner__in={note.organisation_id for note in notes},
        confirmed_at__isnull=False,
    )
    return set(found.values_list("tenant_id", "application__owner_id"))


def _streams(organisation_ids: Iterable[int]) -> dict[int, Stream]:
    ids = sorted(organisation_ids)
    Stream.objects.bulk_create([Stream(organisation_id=pk) for pk in ids], ignore_conflicts=True)
    locked = Stream.objects.select_for_update(of=["self"]).select_related("organisation")
    return {stream.pk: stream for stream in locked.filter(pk__in=ids).order_by("pk")}


def _by_stream(
    notes: Iterable[Note], streams: Mapping[int, Stream]
) -> Iterable[tuple[Stream, list[Note]]]:
    found: dict[int, list[Note]] = defaultdict(list)
    for note in notes:
        found[note.organisation_id].append(note)
    return [(streams[pk], its_notes) for pk, its_notes in found.items()]


def _is_told(
    note: Note, authorisations: Mapping[int, Authorisation], let_in: Container[tuple[int, int]]
) -> bool:
    """Whether its verb is public and its row the organisation's own, or about what it built or a
    tenant that let that in.

    The trigger notes no other rows; whoever changes the trigger does not open this door.
    """
    history = note.history
    if history.verb not in EVENT_TYPES:
        return False
    if history.organisation_id == note.organisation_id:
        return True
    if history.subject_type == "tenant":
        is_theirs = (history.tenant_id, note.organisation_id) in let_in
        return is_theirs and history.verb in OF_TENANTS
    subject = authorisations.get(history.subject_id)
    return (
        history.subject_type == "authorisation"
        and subject is not None
        and subject.application.owner_id == note.organisation_id
    )


def _events(
    stream: Stream,
    told: Iterable[Note],
    authorisations: Mapping[int, Authorisation],
    *,
    at: dt.datetime,
) -> list[Event]:
    """In the order of the history, numbered on from the organisation's last one."""
    events: list[Event] = []
    for sequence, note in enumerate(told, start=stream.last_sequence + 1):
        history = note.history
        words = message_of(
            history,
            to=stream.organisation,
            sequence=sequence,
            authorisation=authorisations.get(history.subject_id),
        )
        if words.left_out:
            log.error("webhook told without details", history=history.pk, why=words.left_out)
        events.append(
            Event(
                organisation=stream.organisation,
                history=history,
                type=history.verb,
                sequence=sequence,
                body=words.body,
                left_out=words.left_out[:LONGEST_LEFT_OUT],
                at=history.at,
                created_at=at,
            )
        )
    stream.last_sequence += len(events)
    return events


def _write(events: list[Event], streams: Iterable[Stream], *, at: dt.datetime) -> None:
    Event.objects.bulk_create(events)
    Stream.objects.bulk_update(streams, ["last_sequence"])
    endpoints: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint in _listening({event.organisation_id for event in events}):
        endpoints[endpoint.organisation_id].append(endpoint)
    Delivery.objects.bulk_create(
        Delivery(event=event, endpoint=endpoint, next_attempt_at=at)
        for event in events
        for endpoint in endpoints[event.organisation_id]
        if event.type in endpoint.event_types
    )


def _listening(organisation_ids: Iterable[int]) -> list[Endpoint]:
    """Endpoints that are on, until the transaction ends: whoever switches one off meanwhile comes
    after the deliveries, and closes them.
    """
    enabled = Endpoint.objects.enabled().filter(organisation__in=organisation_ids)
    return list(enabled.select_for_update(no_key=True, of=["self"]).order_by("pk"))
