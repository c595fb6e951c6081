"""Telling the platform is a difference: what a tenant should have, less what was told last.

Every operation that changes what a tenant has calls `tell` at its end; the schedule calls it
for what time alone has changed, and for everybody once an hour. A call too many writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import batched
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery

from customers.models import Deployment, Organisation, Tenant
from customers.passes import go_through
from customers.turns import each_alone
from subscriptions.provisioning.models import Fact, FactType, Feed, Told
from subscriptions.provisioning.wanted import SETTINGS, wanted_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from customers.clock import Clock
    from subscriptions.models import Subscription
    from subscriptions.provisioning.wanted import Holdings, Value

CHUNK = 200  # tenants a transaction, for the schedule
EVERYBODY = "provisioning.everybody"


class Last(NamedTuple):
    """Where a tenant's facts go on: after this number, and not before this instant."""

    number: int
    at: dt.datetime


class ToldOutsideTransaction(RuntimeError):
    """A fact must be written in the transaction of the change it tells; there was none."""


def tell(tenant_ids: Iterable[int], *, at: dt.datetime) -> list[Fact]:
    """Write what has changed for these tenants since they were told of last, as it is at `at`.

    Takes the locks of their organisations, in order, which give the numbers their order. Whoever
    read the clock before somebody else who had the locks first tells what is true since then.
    On-premise tenants have no platform to tell (D2.5). Raises ToldOutsideTransaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise ToldOutsideTransaction("tell inside transaction.atomic")
    ids = set(tenant_ids)
    lock_organisations_of(ids)
    online = Tenant.objects.filter(pk__in=ids, deployment=Deployment.ONLINE)
    tenants = list(online.select_related("organisation").order_by("pk"))
    if not tenants:
        return []
    told, last = told_to(ids), _last_of(tenants, at)
    wanted = _wanted_since(last, tenants)
    facts = [
        fact
        for tenant in tenants
        for fact in _differences(tenant, wanted[tenant.pk], told[tenant.pk], last[tenant.pk])
    ]
    return _write(facts)


def tell_place_of(subscription: Subscription, *, at: dt.datetime) -> list[Fact]:
    """For the tenant of a subscription and what came with it, or for all of its organisation's."""
    if subscription.tenant_id:
        theirs = (subscription.tenant_id, subscription.delivered_tenant_id)
        return tell([pk for pk in theirs if pk], at=at)
    all_of_them = Tenant.objects.filter(organisation=subscription.organisation_id)
    return tell(all_of_them.values_list("pk", flat=True), at=at)


def tell_what_time_has_changed(*, now: Clock) -> int:
    """Tell of everything that was to last until an instant that has come; returns how much."""
    over = Told.objects.over_by(now()).order_by("tenant")
    tenant_ids = over.values_list("tenant", flat=True).distinct()
    return _tell_in_chunks(batched(tenant_ids, CHUNK), now=now)


def tell_everybody(*, now: Clock) -> int:
    """Compare all online tenants with what was told; returns how many facts were missing."""
    return _tell_in_chunks(_chunks_after(0), now=now)


def tell_more_of_everybody(*, now: Clock) -> int:
    """The same for one turn, from where the turn before ended."""
    return _tell_in_chunks(go_through(EVERYBODY, _chunks_after, last=max), now=now)


@transaction.atomic
def tell_anew(tenant_id: int, subjects: Iterable[str], *, at: dt.datetime) -> list[Fact]:
    """Say once more what the tenant should have of these subjects, whatever was told of them."""
    lock_organisations_of({tenant_id})
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    told, last = told_to([tenant_id])[tenant_id], _last_of([tenant], at)
    wanted = _wanted_since(last, [tenant])[tenant_id]
    number, at = last[tenant_id]
    return _write(
        [
            _fact(tenant, subject, wanted.get(subject), told.get(subject), number + offset, at)
            for offset, subject in enumerate(sorted(subjects), start=1)
        ]
    )


def _chunks_after(tenant_id: int) -> Iterable[tuple[int, ...]]:
    online = Tenant.objects.filter(deployment=Deployment.ONLINE, pk__gt=tenant_id).order_by("pk")
    return batched(online.values_list("pk", flat=True), CHUNK)


def _tell_in_chunks(chunks: Iterable[tuple[int, ...]], *, now: Clock) -> int:
    """What is wrong with one chunk is logged and stops no other; the next run tries it again."""
    return each_alone(
        chunks,
        lambda chunk: _tell_chunk(chunk, now=now),
        trouble="the platform was not told",
        named=lambda chunk: {"tenants": chunk},
    )


@transaction.atomic
def _tell_chunk(tenant_ids: Collection[int], *, now: Clock) -> int:
    """The clock is read under the locks: a run of minutes tells nobody what was true before."""
    lock_organisations_of(tenant_ids)
    return len(tell(tenant_ids, at=now()))


def lock_organisations_of(tenant_ids: Iterable[int]) -> None:
    """In order, as every operation that is to be told takes them."""
    theirs = Organisation.objects.filter(tenants__in=list(tenant_ids)).values("pk")
    list(
        Organisation.objects.filter(pk__in=theirs)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def told_to(tenant_ids: Iterable[int]) -> dict[int, Holdings]:
    told: dict[int, Holdings] = defaultdict(dict)
    rows = Told.objects.of_any(tenant_ids).values_list("tenant_id", "subject", "value")
    for tenant_id, subject, value in rows:
        told[tenant_id][subject] = value
    return told


def _last_of(tenants: Iterable[Tenant], at: dt.datetime) -> dict[int, Last]:
    """The number told last, and `at`, or since when that is true if it is later."""
    newest = Fact.objects.filter(tenant=OuterRef("pk")).order_by("-sequence")[:1]
    rows = Tenant.objects.filter(pk__in=[tenant.pk for tenant in tenants]).values_list(
        "pk", Subquery(newest.values("sequence")), Subquery(newest.values("at"))
    )
    return {pk: Last(number or 0, max(at, since or at)) for pk, number, since in rows}


def _wanted_since(last: Mapping[int, Last], tenants: Iterable[Tenant]) -> dict[int, Holdings]:
    by_instant: dict[dt.datetime, list[Tenant]] = defaultdict(list)
    for tenant in tenants:
        by_instant[last[tenant.pk].at].append(tenant)
    wanted: dict[int, Holdings] = {}
    for at, those in by_instant.items():
        wanted |= wanted_by(those, at)
    return wanted


def _differences(tenant: Tenant, wanted: Holdings, told: Holdings, last: Last) -> Iterator[Fact]:
    """What is taken away goes first: nothing works a moment longer than it may."""
    gone = sorted(told.keys() - wanted.keys())
    new = sorted(key for key, value in wanted.items() if told.get(key) != value)
    for number, subject in enumerate([*gone, *new], start=last.number + 1):
        yield _fact(tenant, subject, wanted.get(subject), told.get(subject), number, last.at)


def _fact(
    tenant: Tenant,
    subject: str,
    value: Value | None,
    told: Value | None,
    sequence: int,
    at: dt.datetime,
) -> Fact:
    return Fact(
        tenant=tenant,
        sequence=sequence,
        type=_type_of(subject, value, told),
        subject=subject,
        value=value,
        at=at,
    )


def _type_of(subject: str, value: Value | None, told: Value | None) -> FactType:
    if subject == SETTINGS:
        return FactType.SETTINGS_CHANGED
    is_licence = subject.startswith("licence:")
    if value is None:
        return FactType.LICENCE_REVOKED if is_licence else FactType.APPLICATION_DEACTIVATED
    if told is None:
        return FactType.LICENCE_GRANTED if is_licence else FactType.APPLICATION_ACTIVATED
    return FactType.LICENCE_CHANGED if is_licence else FactType.APPLICATION_CHANGED


def _write(facts: list[Fact]) -> list[Fact]:
    if not facts:
        return []
    Fact.objects.bulk_create(facts)
    _forget({(fact.tenant_id, fact.subject) for fact in facts if fact.value is None})
    Told.objects.bulk_create(
        [_told(fact) for fact in facts if fact.value is not None],
        update_conflicts=True,
        unique_fields=["tenant", "subject"],
        update_fields=["fact", "value", "until"],
    )
    tenant_ids = sorted({fact.tenant_id for fact in facts})
    Feed.objects.bulk_create([Feed(tenant_id=pk) for pk in tenant_ids], ignore_conflicts=True)
    ring()
    return facts


def _forget(gone: set[tuple[int, str]]) -> None:
    """That these subjects were told of these tenants, by the tenant's key."""
    if not gone:
        return
    told = Told.objects.filter(tenant__in={tenant_id for tenant_id, _subject in gone})
    rows = told.values_list("pk", "tenant_id", "subject")
    Told.objects.filter(pk__in=[pk for pk, *key in rows if tuple(key) in gone]).delete()


def _told(fact: Fact) -> Told:
    until = (fact.value or {}).get("until")
    return Told(
        tenant_id=fact.tenant_id,
        subject=fact.subject,
        fact=fact,
        value=fact.value,
        until=dt.datetime.fromisoformat(until) if until else None,
    )


def ring() -> None:
    """Wake a worker once this is committed; without a broker the schedule finds the rows."""
    if settings.OPERATION_CENTER_URL:
        from subscriptions.provisioning.tasks import deliver_facts

        transaction.on_commit(deliver_facts.delay, robust=True)
