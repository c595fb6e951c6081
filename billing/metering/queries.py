"""What was used, for whoever shows or charges it: sums, never events.

Days and months are those of the tenant's seller, fixed when an event was counted; so a month
is a range of days and no time zone is needed to read it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Exists, F, Max, OuterRef, Sum
from django.db.models.functions import TruncMonth
from msgspec import Struct

from billing.metering.models import DailyTotal, UsageClass, UsageEvent
from catalog.models import Meter
from customers.bulk import any_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import Organisation

_WORD = 2**64


class MonthUsage(Struct, frozen=True, kw_only=True):
    """What one tenant used of one meter, by one application in one class, in a month."""

    month: dt.date  # its first day
    tenant_id: int
    application: str  # the reference its events gave; empty where they gave none
    usage_class: UsageClass
    meter: str  # code
    quantity: int  # in the meter's unit
    events: int  # counted, and not voided
    fingerprint: str  # 16 hexadecimal digits over those events, in whatever order


def usage_of_every_month(
    tenant_ids: Iterable[int], *, since: Month | None = None, before: Month | None = None
) -> list[MonthUsage]:
    """Per month, tenant, meter, class and application, the oldest month first.

    What was voided altogether is a row of nothing: whoever billed it gives it back.
    """
    totals = DailyTotal.objects.filter(any_of("tenant", tenant_ids))
    if since:
        totals = totals.filter(day__gte=since.first_day)
    if before:
        totals = totals.filter(day__lt=before.first_day)
    rows = (
        totals.annotate(month=TruncMonth("day"))
        .values_list("month", "tenant_id", "application", "usage_class", "meter__code")
        .annotate(Sum("quantity"), Sum("events"), Sum("fingerprint"))
        .order_by("month", "tenant_id", "meter__code", "usage_class", "application")
    )
    return [
        MonthUsage(
            month=month,
            tenant_id=tenant_id,
            application=application,
            usage_class=UsageClass(usage_class),
            meter=meter,
            quantity=int(quantity),
            events=int(events),
            fingerprint=fingerprint_of(int(digests)),
        )
        for month, tenant_id, application, usage_class, meter, quantity, events, digests in rows
    ]


def usage_by_day(
    tenant_ids: Iterable[int], month: Month
) -> dict[tuple[int, str, UsageClass], dict[dt.date, int]]:
    """Quantities of a month by tenant, meter and class, then by day."""
    days = {"day__gte": month.first_day, "day__lt": month.next.first_day}
    rows = (
        DailyTotal.objects.filter(any_of("tenant", tenant_ids), **days)
        .order_by()
        .values_list("tenant_id", "meter__code", "usage_class", "day")
        .annotate(Sum("quantity"))
    )
    found: dict[tuple[int, str, UsageClass], dict[dt.date, int]] = defaultdict(dict)
    for tenant_id, meter, usage_class, day, quantity in rows:
        found[tenant_id, meter, UsageClass(usage_class)][day] = int(quantity)
    return found


def changed_later(tenant_ids: Iterable[int], since: Month) -> set[tuple[int, Month]]:
    """Tenants and months before `since` of which something was counted or voided since it began.

    Empty for nearly everybody; read from an index that holds what came late.
    """
    found = DailyTotal.objects.filter(
        any_of("tenant", tenant_ids),
        changed_on__gt=F("day"),
        changed_on__gte=since.first_day,
        day__lt=since.first_day,
    )
    return {(tenant_id, Month.of(day)) for tenant_id, day in found.values_list("tenant_id", "day")}


def last_changes(
    tenant_ids: Iterable[int], first: Month, last: Month
) -> dict[tuple[int, str, Month], dt.datetime]:
    """By tenant, meter and month, when something was last counted or voided in the months from
    `first` to `last`: to the instant while its events are kept, then to the end of the day.
    """
    days = {"day__gte": first.first_day, "day__lt": last.next.first_day}
    tenants = any_of("tenant", tenant_ids)
    found: dict[tuple[int, str, Month], dt.datetime] = {}
    totals = DailyTotal.objects.filter(tenants, **days).annotate(month=TruncMonth("day"))
    for tenant_id, meter, month, changed_on in totals.values_list(
        "tenant_id", "meter__code", "month"
    ).annotate(Max("changed_on")):
        midnight = dt.datetime.combine(changed_on, dt.time(), dt.UTC)
        found[tenant_id, meter, Month.of(month)] = midnight + dt.timedelta(days=1)
    events = UsageEvent.objects.filter(tenants, **days).annotate(month=TruncMonth("day"))
    for tenant_id, meter, month, received_at in events.values_list(
        "tenant_id", "meter__code", "month"
    ).annotate(Max("received_at")):
        found[tenant_id, meter, Month.of(month)] = received_at
    return found


def months_with_usage(organisation: Organisation) -> list[dt.date]:
    """First days of the months in which it used something, oldest first."""
    found = DailyTotal.objects.filter(tenant__organisation=organisation, events__gt=0)
    return list(found.dates("day", "month"))


def meters_used() -> frozenset[str]:
    """Codes of the meters that counted anything, ever."""
    totals = DailyTotal.objects.filter(meter=OuterRef("pk"))
    return frozenset(Meter.objects.filter(Exists(totals)).values_list("code", flat=True))


def meters() -> list[Meter]:
    """Every meter, as pages list them."""
    return list(Meter.objects.all())


def fingerprint_of(digests: int) -> str:
    """A sum of digests as people compare it. Those of a month are the sum of those of its days."""
    return f"{digests % _WORD:016x}"


def combined(fingerprints: Iterable[str]) -> str:
    """One fingerprint over what several were made over: of a month from those of its days."""
    return fingerprint_of(sum(int(each, 16) for each in fingerprints))
