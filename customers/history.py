"""The only writer of History: what happened is written with it, or neither is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection, transaction

from customers.actors import Actor, System
from customers.bulk import copy_rows, json_text
from customers.models import (
    History,
    Membership,
    Organisation,
    OrganisationToken,
    PartnerAccess,
    Person,
    Tenant,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from django.db import models

ACTOR_KINDS = {
    System.SCHEDULE: History.ActorKind.SCHEDULE,
    System.PLATFORM: History.ActorKind.PLATFORM,
}


class HistoryOutsideTransaction(RuntimeError):
    """History must be written in the transaction of what it tells; there was none."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing to tell, for `record_many`. Fields mean the same as the arguments of `record`."""

    subject: models.Model
    verb: str
    organisation: Organisation
    by: Actor
    at: dt.datetime
    recorded_at: dt.datetime | None = None
    tenant: Tenant | None = None
    on_behalf_of: Organisation | None = None
    for_itself: bool = False
    reason: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


def record(
    subject: models.Model,
    verb: str,
    *,
    organisation: Organisation,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime | None = None,
    tenant: Tenant | None = None,
    on_behalf_of: Organisation | None = None,
    for_itself: bool = False,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> History:
    """Tell that `verb` happened to `subject`, a saved row of `organisation`.

    `at` is when it took effect; `recorded_at` (default: the same) when it was written down.
    A partner's person or token acting for a customer is recorded as on behalf of that customer;
    with `for_itself` not: it asked the customer for something, say.
    `details` holds JSON values; dates, Decimals and UUIDs become text.
    Raises HistoryOutsideTransaction.
    """
    entry = Entry(
        subject=subject,
        verb=verb,
        organisation=organisation,
        by=by,
        at=at,
        recorded_at=recorded_at,
        tenant=tenant,
        on_behalf_of=on_behalf_of,
        for_itself=for_itself,
        reason=reason,
        details=details or {},
    )
    return record_many([entry])[0]


def record_many(entries: Iterable[Entry]) -> list[History]:
    """Tell many things in one statement, for jobs. Raises HistoryOutsideTransaction."""
    if not transaction.get_connection().in_atomic_block:
        raise HistoryOutsideTransaction("write history inside transaction.atomic")
    return History.objects.bulk_create([_row(entry) for entry in entries])


def record_copies(
    subject: type[models.Model],
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    told: Iterable[tuple[int, int, Mapping[str, object]]],
) -> None:
    """Tell that the same thing happened to thousands of rows of `subject`, for jobs.

    `told`: organisation id, id of the row, details. `by` acts for the vendor, never on behalf
    of a customer. Raises HistoryOutsideTransaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise HistoryOutsideTransaction("write history inside transaction.atomic")
    same = {
        "verb": verb,
        "subject_type": subject.__name__.lower(),
        "actor_kind": _actor_kind(by).value,
        "actor_id": by.pk if isinstance(by, Person) else None,
        "at": at,
        "recorded_at": at,
    }
    with connection.cursor() as cursor:
        copy_rows(
            cursor,
            History,
            ("organisation_id", "subject_id", "details"),
            ((owner, row, json_text(details)) for owner, row, details in told),
            same=same,
        )


def _row(entry: Entry) -> History:
    return History(
        organisation=entry.organisation,
        tenant=entry.tenant,
        verb=entry.verb,
        subject_type=entry.subject.__class__.__name__.lower(),
        subject_id=entry.subject.pk,
        actor_kind=_actor_kind(entry.by),
        actor=entry.by if isinstance(entry.by, Person) else None,
        token=entry.by if isinstance(entry.by, OrganisationToken) else None,
        on_behalf_of=entry.on_behalf_of
        or (None if entry.for_itself else _acted_for(entry.by, entry.organisation)),
        reason=entry.reason,
        details=dict(entry.details),
        at=entry.at,
        recorded_at=entry.recorded_at or entry.at,
    )


def _actor_kind(by: Actor) -> History.ActorKind:
    if isinstance(by, System):
        return ACTOR_KINDS[by]
    if isinstance(by, OrganisationToken):
        return History.ActorKind.TOKEN
    return History.ActorKind.STAFF if by.is_staff else History.ActorKind.PERSON


def _acted_for(by: Actor, organisation: Organisation) -> Organisation | None:
    """The customer, when its partner did it; nobody when they did it for themselves."""
    if isinstance(by, System):
        return None
    let_in = PartnerAccess.objects.live().filter(customer=organisation)
    if isinstance(by, OrganisationToken):
        is_own = by.organisation_id == organisation.pk
        let_in = let_in.filter(partner=by.organisation_id)
    else:
        is_own = by.is_staff or Membership.objects.of(organisation).filter(person=by).exists()
        let_in = let_in.lets_in(by)
    return organisation if not is_own and let_in.exists() else None
