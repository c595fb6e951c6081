"""What applications report in vain: counted by day and reason, and told them once the day is over.

Never a mail per batch: a program that sends the wrong thing sends it every minute.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from billing.metering.models import RefusedUsage
from billing.metering.refusals import SENTENCES, Code
from subscriptions.applications.letters import write_of_errors
from subscriptions.applications.models import Application

if TYPE_CHECKING:
    from collections.abc import Iterable

_ADD = """
INSERT INTO metering_refusedusage AS refused (application_id, day, code, events)
SELECT %s, %s, code, events FROM unnest(%s::text[], %s::bigint[]) AS given (code, events)
ORDER BY code
ON CONFLICT (application_id, day, code) DO UPDATE SET events = refused.events + excluded.events
"""


class Reason(NamedTuple):
    code: str
    sentence: str  # empty where it differs from event to event
    events: int


def note(application_id: int, codes: Iterable[Code], *, at: dt.datetime) -> None:
    """Add the refused events of a batch, by their codes, to those of the day."""
    counted = Counter(codes)
    events = list(counted.values())
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [application_id, _day(at), list(counted), events])


def tell(*, at: dt.datetime) -> int:
    """Write of each day that is over to who hears of errors; returns how many days were told.

    One letter for an application and day, however often this runs.
    """
    over = RefusedUsage.objects.before(_day(at)).order_by("application")
    applications = over.values_list("application", flat=True).distinct()
    return sum(_tell(pk, at) for pk in list(applications))


@transaction.atomic
def _tell(application_id: int, at: dt.datetime) -> int:
    over = RefusedUsage.objects.before(_day(at)).filter(application=application_id)
    rows = list(over.order_by("day", "-events", "code").select_for_update())
    application = Application.objects.select_related("owner").get(pk=application_id)
    days = sorted({row.day for row in rows})
    for day in days:
        reasons = [_reason(row) for row in rows if row.day == day]
        context = {
            "application": application,
            "day": day,
            "events": sum(reason.events for reason in reasons),
            "reasons": reasons,
        }
        write_of_errors([application], "billing/usage_refused", context, at=at)
    RefusedUsage.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(days)


def _reason(row: RefusedUsage) -> Reason:
    return Reason(row.code, SENTENCES.get(Code(row.code), ""), row.events)


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(dt.UTC).date()
