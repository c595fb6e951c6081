"""Where detail lives: a partition per meter and month, made ahead and dropped when it is over.

Totals are rows of their own and stay as they were: dropping is refused for a month whose
detail does not add up to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from billing.metering import known
from billing.metering.models import DetailMonth
from billing.metering.sums import differing_days
from customers.locks import TABLE_MILLISECONDS
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from billing.metering.known import MonthOfMeter

log = structlog.get_logger(__name__)

_ONE_AT_A_TIME = 0x0E7E2001  # the advisory lock of whoever makes or drops a partition

# Shared: any number of corrections keep a month, none of them while it is dropped.
_KEEP = """
SELECT FROM metering_detailmonth
WHERE (meter_id, month) IN (SELECT * FROM unnest(%s::bigint[], %s::date[]))
ORDER BY id FOR KEY SHARE
"""


class DetailDoesNotAddUp(Exception):
    """The events of a month do not sum to its totals: it stays until that is clear."""


def prepare(months: Iterable[MonthOfMeter], *, at: dt.datetime) -> None:
    """Make the partitions that are not there. Those there already are not touched or locked."""
    missing = sorted(set(months) - known.months_kept().keys())
    for meter_id, first_day in missing:
        _open(meter_id, first_day, at)
    if missing:
        known.forget()


def prepare_ahead(*, at: dt.datetime) -> None:
    """Every meter's partitions of this month and the next, before anybody waits for them."""
    this = Month.of(at.date())
    prepare(
        (
            (meter.pk, month.first_day)
            for meter in known.meters().values()
            for month in (this, this.next)
        ),
        at=at,
    )


def drop_outlived(*, at: dt.datetime) -> list[DetailMonth]:
    """Drop the detail that each meter's policy no longer asks for; returns the months dropped.

    While something reads events for long, as a dump does, the rest stays for another night.
    Raises DetailDoesNotAddUp for the months that must stay, when all others are dropped.
    """
    now = Month.of(at.date())
    keep_from = {meter.pk: meter.kept_since(now) for meter in known.meters().values()}
    kept = DetailMonth.objects.filter(dropped_at__isnull=True).order_by("month", "meter")
    outlived = [each for each in kept if Month.of(each.month) < keep_from[each.meter_id]]
    dropped, differing = [], []
    try:
        for each in outlived:
            try:
                dropped += _drop(each, at)
            except DetailDoesNotAddUp:
                differing.append(str(each))
    except OperationalError as failure:
        if not isinstance(failure.__cause__, LockNotAvailable):
            raise
        log.warning(
            "detail stays for another night", months=len(outlived) - len(dropped) - len(differing)
        )
    known.forget()
    if differing:
        raise DetailDoesNotAddUp(", ".join(differing))
    return dropped


def keep(months: Collection[MonthOfMeter]) -> None:
    """Until the transaction ends nobody drops their detail; waits for whoever is dropping it.

    Asked before a row of detail is read: to drop a partition is to lock all of them.
    """
    meters, firsts = zip(*months, strict=True) if months else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(meters), list(firsts)])


@transaction.atomic
def _open(meter_id: int, first_day: dt.date, at: dt.datetime) -> None:
    _wait_for_turn()
    _row, is_new = DetailMonth.objects.get_or_create(
        meter_id=meter_id, month=first_day, defaults={"opened_at": at}
    )
    if not is_new:  # made while we waited
        return
    until = Month.of(first_day).next.first_day
    name = _table_of(meter_id, first_day)
    # Attached rather than made as a partition: that takes no lock which events would wait for.
    _execute(
        f"CREATE TABLE {name} (LIKE metering_usageevent INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    )
    _execute(
        f"ALTER TABLE metering_usageevent ATTACH PARTITION {name}"
        f" FOR VALUES FROM ({meter_id:d}, '{first_day}') TO ({meter_id:d}, '{until}')"
    )


@transaction.atomic
def _drop(detail: DetailMonth, at: dt.datetime) -> list[DetailMonth]:
    """The month as it is now; none when somebody else has dropped it meanwhile.

    Nothing comes between adding up, counting and dropping: policies let lateness end before, and
    corrections `keep` the month, so those at work are waited for and later ones find it gone.
    """
    detail = DetailMonth.objects.select_for_update().get(pk=detail.pk)
    if detail.dropped_at is not None:
        return []
    _wait_for_turn()
    if differing_days(detail.meter_id, Month.of(detail.month)):
        raise DetailDoesNotAddUp
    name = _table_of(detail.meter_id, detail.month)
    detail.events_dropped = _count(name)
    detail.dropped_at = at
    detail.save()
    # It takes every partition's parent, which each event asks for.
    _execute(f"SET LOCAL lock_timeout = {TABLE_MILLISECONDS}")
    _execute(f"DROP TABLE {name}")
    return [detail]


def _table_of(meter_id: int, first_day: dt.date) -> str:
    return f"metering_usageevent_m{meter_id:d}_{first_day:%Y_%m}"


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own name, of numbers
        return int(cursor.fetchone()[0])
