"""What is reported in vain: counted by day, sender, reason and, where it is known, customer.

Never a mail per batch: a program that sends the wrong thing sends it every minute. Developers are
told of an application's once the day is over, and the vendor's staff look at the platform's.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from billing.metering import known
from billing.metering.events import Event, Refused
from billing.metering.judging import TOLERANCE, open_tenant
from billing.metering.models import RefusedUsage
from billing.metering.refusals import SENTENCES, Code
from customers.refusals import Refusal
from subscriptions.applications.letters import write_of_errors
from subscriptions.applications.models import Application
from subscriptions.periods import Month, local_day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from billing.metering.judging import Rules
    from billing.metering.reporters import Reporter
    from customers.models import Person

# A time further back says nothing of when something was used.
BELIEVED = dt.timedelta(days=10 * 366)

# Batches take the rows in the same order, so that two wait for each other at most one way.
_ADD = """
INSERT INTO metering_refusedusage AS refused (
    credential_id, application_id, day, code, organisation_id, month, events, tenant,
    first_at, last_at)
SELECT %s, %s, %s, code, organisation_id, month, events, tenant, %s, %s
FROM unnest(%s::text[], %s::bigint[], %s::date[], %s::bigint[], %s::text[])
    AS given (code, organisation_id, month, events, tenant)
ORDER BY code, organisation_id, month
ON CONFLICT (day, code, credential_id, application_id, organisation_id, month) DO UPDATE SET
    events = refused.events + excluded.events,
    tenant = excluded.tenant,
    first_at = least(refused.first_at, excluded.first_at),
    last_at = greatest(refused.last_at, excluded.last_at)
"""


class NothingToLookAt(Refusal):
    sentence = _("A colleague has looked at it meanwhile.")


class Reason(NamedTuple):
    code: str
    sentence: str  # empty where it differs from event to event
    events: int


class _Where(NamedTuple):
    """What the refused events of a batch are counted by, beside sender and day."""

    code: Code
    organisation_id: int | None
    month: dt.date | None


def note(refused: Iterable[tuple[Code, Event | Refused]], *, by: Reporter, rules: Rules) -> None:
    """Add the refused events of a batch, each with its code, to those of the day."""
    counted: Counter[_Where] = Counter()
    tenants: dict[_Where, str] = {}
    for code, event in refused:
        where = _where(code, event, rules)
        counted[where] += 1
        tenants[where] = _tenant_as_sent(event)
    at = rules.at
    given = [by.credential_id, by.application_id, _day(at), at, at]
    rows = [(*where, events, tenants[where]) for where, events in counted.items()]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [*given, *map(list, zip(*rows, strict=True))])


def tell(*, at: dt.datetime) -> int:
    """Write of each day that is over to who hears of errors; returns how many days were told.

    One letter for an application and day, however often this runs.
    """
    over = RefusedUsage.objects.untold().before(_day(at)).order_by("application")
    applications = over.values_list("application", flat=True).distinct()
    return sum(_tell(pk, at) for pk in list(applications))


@transaction.atomic
def _tell(application_id: int, at: dt.datetime) -> int:
    over = RefusedUsage.objects.untold().before(_day(at)).filter(application=application_id)
    rows = list(over.order_by("pk").select_for_update())
    application = Application.objects.select_related("owner").get(pk=application_id)
    days = sorted({row.day for row in rows})
    for day in days:
        reasons = _reasons(row for row in rows if row.day == day)
        context = {
            "application": application,
            "day": day,
            "events": sum(reason.events for reason in reasons),
            "reasons": reasons,
        }
        write_of_errors([application], "billing/usage_refused", context, at=at)
    RefusedUsage.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=at)
    return len(days)


def look_at(*, until: dt.date, by: Person, at: dt.datetime) -> int:
    """Somebody has seen what the platform reported in vain up to that day, which is over.

    Returns how many rows waited for it. Raises NothingToLookAt when none did.
    """
    last = min(until, _day(at) - dt.timedelta(days=1))
    waiting = RefusedUsage.objects.to_look_at().filter(day__lte=last)
    looked_at = waiting.update(looked_at=at, looked_by=by)
    if not looked_at:
        raise NothingToLookAt
    return looked_at


def forget(*, at: dt.datetime) -> int:
    """Drop what came before any meter's detail is kept; returns how many rows."""
    kept_since = known.anything_kept_since(Month.of(_day(at)))
    dropped, _by_model = RefusedUsage.objects.before(kept_since.first_day).delete()
    return dropped


def _where(code: Code, event: Event | Refused, rules: Rules) -> _Where:
    """What names somebody else's tenant, as far as its sender may know, is no customer's."""
    if isinstance(event, Refused) or (tenant := open_tenant(event, rules)) is None:
        return _Where(code, None, None)
    used_at = event.time if _is_believed(event.time, rules.at) else rules.at
    return _Where(code, tenant.organisation_id, local_day(used_at, tenant.zone).replace(day=1))


def _is_believed(used_at: dt.datetime, at: dt.datetime) -> bool:
    return at - BELIEVED <= used_at <= at + TOLERANCE


def _tenant_as_sent(event: Event | Refused) -> str:
    """For people: what cannot be printed is shown as such, and an unreadable event names none."""
    if isinstance(event, Refused):
        return ""
    printable = "".join(each if each.isprintable() else "\ufffd" for each in event.tenant)
    return printable if event.environment == "production" else f"{printable} {event.environment}"


def _reasons(rows: Iterable[RefusedUsage]) -> list[Reason]:
    """Of all customers together, the most frequent first."""
    events: Counter[str] = Counter()
    for row in rows:
        events[row.code] += row.events
    return [
        Reason(code, SENTENCES.get(Code(code), ""), number)
        for code, number in sorted(events.items(), key=lambda each: (-each[1], each[0]))
    ]


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(dt.UTC).date()
