"""Counting a batch: every event once for ever, its total on the same day, or nothing at all."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from billing.metering import known
from billing.metering.events import Event, Refused, read
from billing.metering.judging import (
    Row,
    Rules,
    Target,
    UnlessCounted,
    WrongEvent,
    judge,
    target_key,
    tenant_name,
)
from billing.metering.models import CountedEvent, UsageEvent
from billing.metering.operations import partitions, refused
from billing.metering.refusals import SENTENCES, Code
from billing.metering.reporters import Reporter, reporter
from customers.prepared import fetch_prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from billing.metering.models import ApiCredential
    from subscriptions.applications.tokens import Shown

# One statement, so one commit and one answer of the database. Everybody takes locks in the same
# order, keys and then totals, each sorted: two batches wait for each other at most one way.
_COUNT = """
WITH given AS (
    SELECT key, digest, source, event_id, tenant_id, usage_class, meter_id, day, quantity,
        happened_at, coalesce(application, '') AS application, coalesce(reason, '') AS reason,
        voids, coalesce(fingerprint, digest) AS fingerprint,
        CASE WHEN voids IS NULL THEN 1 ELSE -1 END AS events
    FROM unnest(
        %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[],
        %s::date[], %s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::uuid[],
        %s::bigint[]
    ) AS row (
        key, digest, source, event_id, tenant_id, usage_class, meter_id, day, quantity,
        happened_at, application, reason, voids, fingerprint)
), counted AS (
    INSERT INTO metering_countedevent (key, digest, meter_id, day)
    SELECT key, digest, meter_id, day FROM given ORDER BY key
    ON CONFLICT DO NOTHING
    RETURNING key
), kept AS (
    INSERT INTO metering_usageevent (
        key, source, event_id, tenant_id, application, usage_class, meter_id, day, quantity,
        events, fingerprint, happened_at, received_at, voids, reason, credential_id,
        authorisation_id)
    SELECT key, source, event_id, tenant_id, application, usage_class, meter_id, day, quantity,
        events, fingerprint, happened_at, %s::timestamptz, voids, reason, %s::bigint, %s::bigint
    FROM given JOIN counted USING (key)
    RETURNING key, tenant_id, application, usage_class, meter_id, day, quantity, events,
        fingerprint, voids
), voided AS (
    UPDATE metering_countedevent AS target SET voided_by = kept.key
    FROM kept WHERE kept.voids IS NOT NULL AND target.key = kept.voids
), summed AS (
    INSERT INTO metering_dailytotal AS total (
        tenant_id, day, meter_id, application, usage_class, quantity, events, fingerprint,
        changed_on)
    SELECT tenant_id, day, meter_id, application, usage_class,
        sum(quantity), sum(events), sum(fingerprint), %s::date
    FROM kept
    GROUP BY tenant_id, day, meter_id, application, usage_class
    ORDER BY tenant_id, day, meter_id, application, usage_class
    ON CONFLICT (tenant_id, day, meter_id, application, usage_class) DO UPDATE SET
        quantity = total.quantity + excluded.quantity,
        events = total.events + excluded.events,
        fingerprint = total.fingerprint + excluded.fingerprint,
        changed_on = greatest(total.changed_on, excluded.changed_on)
)
SELECT replace(given.key::text, '-', '')
FROM given LEFT JOIN counted USING (key) WHERE counted.key IS NULL
"""


@dataclass(frozen=True, slots=True)
class Rejection:
    index: int  # of the event in the batch, from 0
    code: Code
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Every event of a batch is one of the three."""

    accepted: int
    duplicate: int  # counted before, with the same content
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be counted, by whom and by which rules."""

    events: list[Event | Refused]
    by: Reporter
    rules: Rules
    corrected: set[str]  # keys of the events that its corrections name


def report(
    body: bytes,
    *,
    by: ApiCredential | Shown,
    first_days_open: Callable[[], Mapping[int, dt.date]],
    at: dt.datetime,
) -> Answer:
    """Count the events of a batch; what is refused is told by index and the rest counts.

    Arguments and UnreadableBatch are those of `received`; nothing is counted then.
    """
    batch = received(body, by=by, first_days_open=first_days_open, at=at)
    if batch.corrected:
        make_room(batch)
    return count(batch)


def received(
    body: bytes,
    *,
    by: ApiCredential | Shown,
    first_days_open: Callable[[], Mapping[int, dt.date]],
    at: dt.datetime,
) -> Batch:
    """The batch in `body`, with what judging its events needs to know.

    `by` is a credential, or the access token that an application showed.

    `first_days_open` says per seller which day is the first that is not invoiced yet; it is
    asked when there is a meter that accepts no late events.
    Raises UnreadableBatch when `body` is none.
    """
    events = read(body)
    names = {tenant_name(each) for each in events if isinstance(each, Event)}
    tenants = known.tenants(names)
    named = {tenants[name].pk for name in names if name in tenants}
    reported_by = reporter(by, named, at)
    rules = _rules_for(reported_by, tenants, first_days_open, at)
    corrected = {
        key
        for event in events
        if isinstance(event, Event) and event.is_correction and (key := target_key(event, rules))
    }
    return Batch(events, reported_by, rules, corrected)


def make_room(batch: Batch) -> None:
    """Make the months that events are added to, for who counts them in a longer transaction.

    Whoever drops a month has the turn to make one, and waits for us once we have read detail;
    and a month that is taken back with a transaction would be remembered as there.
    """
    partitions.prepare(_months_added(batch.events, batch.rules), at=batch.rules.at)


def count(batch: Batch) -> Answer:
    """Count its events. Within a transaction of the caller's only after `make_room`."""
    at = batch.rules.at
    # A single statement is a transaction by itself; to open one costs two trips more.
    with transaction.atomic() if batch.corrected else nullcontext():
        targets = _lock_targets(batch.corrected)
        tally = _Tally()
        for index, event in enumerate(batch.events):
            tally.judge(index, event, batch.rules, targets)
        taken: list[str] = []
        if tally.rows:
            months = {(row.meter_id, row.day.replace(day=1)) for row in tally.rows.values()}
            partitions.prepare(months, at=at)
            taken = _count(tally.rows.values(), by=batch.by, at=at)
        tally.meet_counted(taken)
    answer = tally.answer()
    if answer.rejections:
        events = ((each.code, batch.events[each.index]) for each in answer.rejections)
        refused.note(events, by=batch.by, rules=batch.rules)
    return answer


class _Tally:
    """What became of each event of a batch."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._index_of: dict[str, int] = {}
        self._duplicate = 0
        self._not_counted = 0
        self._rejections: list[Rejection] = []
        self._voided: set[str] = set()
        self._unless_counted: list[tuple[int, UnlessCounted]] = []

    def judge(
        self, index: int, event: Event | Refused, rules: Rules, targets: Mapping[str, Target]
    ) -> None:
        if isinstance(event, Refused):
            self._refuse(index, event)
            return
        try:
            row = judge(event, rules, targets)
        except UnlessCounted as wrong:
            self._unless_counted.append((index, wrong))
            return
        except WrongEvent as wrong:
            self._refuse(index, wrong.refused)
            return
        twin = self.rows.get(row.key)
        if twin is not None:
            self._meet(index, row.digest, twin.digest)
        elif row.voids is not None and row.voids in self._voided:
            self._refuse(index, Refused(Code.ALREADY_VOIDED, SENTENCES[Code.ALREADY_VOIDED]))
        else:
            self.rows[row.key] = row
            self._index_of[row.key] = index
            if row.voids is not None:
                self._voided.add(row.voids)

    def meet_counted(self, taken: list[str]) -> None:
        """Tell resends from what is wrong. `taken` are the keys of `rows` that were there before.

        Asks the database only when there are any, or something is refused unless it was counted.
        """
        self._not_counted = len(taken)
        asked = {*taken, *(wrong.key for _index, wrong in self._unless_counted)}
        if not asked:
            return
        known_events = CountedEvent.objects.filter(key__in=asked)
        digests = {key.hex: digest for key, digest in known_events.values_list("key", "digest")}
        for key in taken:
            self._meet(self._index_of[key], self.rows[key].digest, digests[key])
        for index, wrong in self._unless_counted:
            digest = digests.get(wrong.key)
            if digest is None or (wrong.may_be_anothers and digest != wrong.digest):
                self._refuse(index, wrong.refused)
            else:
                self._meet(index, wrong.digest, digest)

    def answer(self) -> Answer:
        return Answer(
            accepted=len(self.rows) - self._not_counted,
            duplicate=self._duplicate,
            rejections=tuple(sorted(self._rejections, key=lambda rejection: rejection.index)),
        )

    def _meet(self, index: int, digest: int, counted_digest: int) -> None:
        if digest == counted_digest:
            self._duplicate += 1
        else:
            self._refuse(index, Refused(Code.CONFLICT, SENTENCES[Code.CONFLICT]))

    def _refuse(self, index: int, refused: Refused) -> None:
        self._rejections.append(Rejection(index, refused.code, refused.reason))


def _rules_for(
    by: Reporter,
    tenants: Mapping[known.TenantName, known.KnownTenant],
    first_days_open: Callable[[], Mapping[int, dt.date]],
    at: dt.datetime,
) -> Rules:
    meters = known.meters()
    refuses_late = any(not meter.accepts_late for meter in meters.values())
    return Rules(
        tenants=tenants,
        meters=meters,
        months_kept=known.months_kept(),
        first_days_open=first_days_open() if refuses_late else {},
        at=at,
        application=by.application,
        only_tenants=by.only_tenants,
    )


def _months_added(events: Iterable[Event | Refused], rules: Rules) -> set[known.MonthOfMeter]:
    """Where events are added; that of a correction is its target's, which is there."""
    months = set()
    for event in events:
        if isinstance(event, Event) and not event.is_correction:
            with suppress(WrongEvent):
                row = judge(event, rules, {})
                months.add((row.meter_id, row.day.replace(day=1)))
    return months


def _lock_targets(keys: set[str]) -> dict[str, Target]:
    """The events that corrections name, so that nobody else voids them meanwhile."""
    if not keys:
        return {}
    locked = CountedEvent.objects.filter(key__in=keys).order_by("key").select_for_update()
    partitions.keep({(counted.meter_id, counted.day.replace(day=1)) for counted in locked})
    return {
        counted.key.hex: Target(row=_row_of(counted), voided_by=_hex(counted.voided_by))
        for counted in locked
    }


def _row_of(counted: CountedEvent) -> Row | None:
    event = UsageEvent.objects.filter(
        meter=counted.meter_id, day=counted.day, key=counted.key
    ).first()
    if event is None:
        return None
    return Row(
        key=event.key.hex,
        digest=counted.digest,
        source=event.source,
        event_id=event.event_id,
        tenant_id=event.tenant_id,
        usage_class=event.usage_class,
        meter_id=event.meter_id,
        day=event.day,
        quantity=event.quantity,
        happened_at=event.happened_at,
        application=event.application,
        reason=event.reason,
        voids=_hex(event.voids),
        fingerprint=event.fingerprint,
    )


def _hex(key: UUID | None) -> str | None:
    return key.hex if key else None


def _count(rows: Iterable[Row], *, by: Reporter, at: dt.datetime) -> list[str]:
    """Keys of the rows that were not counted, because they had been before."""
    columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    received_on = at.astimezone(dt.UTC).date()
    given = [*map(_array, columns), at, by.credential_id, by.authorisation_id, received_on]
    return [key for (key,) in fetch_prepared(_COUNT, given)]


def _array(column: tuple[object, ...]) -> str:
    """As PostgreSQL reads an array: like JSON but for the brackets, because what is printable
    (`judge`) is escaped alike in both. Of what no row has, nothing: `unnest` makes NULLs of it.
    """
    return f"{{{msgspec.json.encode(column)[1:-1].decode()}}}" if any(column) else "{}"
