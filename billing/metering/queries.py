"""What was used, for whoever shows or charges it: sums, never events.

Days and months are those of the tenant's seller, fixed when an event was counted; so a month
is a range of days and no time zone is needed to read it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F, Max, Sum
from django.db.models.functions import TruncMonth
from msgspec import Struct

from billing.metering.models import (
    DailyTotal,
    DetailMonth,
    RefusedUsage,
    UsageClass,
    UsageEvent,
)
from catalog.models import Meter
from customers.bulk import any_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import Organisation

_WORD = 2**64
_CLASSES = {each.value: each for each in UsageClass}

# From each tenant's first day of use to the first one of a later month, and on: a row of the
# index for each month, where there may be thousands of a month.
_MONTHS = """
WITH RECURSIVE used AS (
    SELECT tenant.id AS tenant_id, first.day
    FROM customers_tenant AS tenant
    CROSS JOIN LATERAL (
        SELECT day FROM metering_dailytotal
        WHERE tenant_id = tenant.id AND events > 0
        ORDER BY day LIMIT 1
    ) AS first
    WHERE tenant.organisation_id = %s
    UNION ALL
    SELECT used.tenant_id, later.day
    FROM used
    CROSS JOIN LATERAL (
        SELECT day FROM metering_dailytotal
        WHERE tenant_id = used.tenant_id AND events > 0
            AND day >= (date_trunc('month', used.day::timestamp) + interval '1 month')::date
        ORDER BY day LIMIT 1
    ) AS later
)
SELECT DISTINCT date_trunc('month', day::timestamp)::date FROM used ORDER BY 1
"""


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
        .order_by()  # PostgreSQL would sort every day by five columns, to add up few of them
    )
    usages = [
        MonthUsage(
            month=month,
            tenant_id=tenant_id,
            application=application,
            usage_class=_CLASSES[usage_class],
            meter=meter,
            quantity=int(quantity),
            events=int(events),
            fingerprint=fingerprint_of(int(digests)),
        )
        for month, tenant_id, application, usage_class, meter, quantity, events, digests in rows
    ]
    usages.sort(key=attrgetter("month", "tenant_id", "meter", "usage_class", "application"))
    return usages


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
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, [organisation.pk])
        return [first_day for (first_day,) in cursor.fetchall()]


def refused_of(organisation: Organisation, month: Month) -> dict[str, int]:
    """How many events of its month were refused, by why: the most frequent first."""
    rows = RefusedUsage.objects.of_month(organisation, month).values_list("code")
    return {code: int(n) for code, n in rows.annotate(n=Sum("events")).order_by("-n", "code")}


def months_with_refusals(organisation: Organisation, *, since: Month) -> list[dt.date]:
    """First days of the months of which events were refused, oldest first."""
    own = RefusedUsage.objects.filter(organisation=organisation, month__gte=since.first_day)
    months = own.order_by("month").values_list("month", flat=True).distinct()
    return [month for month in months if month]


def meters_used() -> frozenset[str]:
    """Codes of the meters that counted anything, ever.

    Read where events are kept by meter: in the totals each of a meter that counted nothing would
    be looked at.
    """
    dropped = DetailMonth.objects.filter(events_dropped__gt=0)
    of_meters = set(dropped.values_list("meter_id", flat=True))
    return frozenset(
        meter.code
        for meter in Meter.objects.all()
        if meter.pk in of_meters or UsageEvent.objects.filter(meter=meter).exists()
    )


def meters() -> list[Meter]:
    """Every meter, as pages list them."""
    return list(Meter.objects.all())


def fingerprint_of(digests: int) -> str:
    """A sum of digests as people compare it. Those of a month are the sum of those of its days."""
    return f"{digests % _WORD:016x}"


def combined(fingerprints: Iterable[str]) -> str:
    """One fingerprint over what several were made over: of a month from those of its days."""
    return fingerprint_of(sum(int(each, 16) for each in fingerprints))
