"""Do the events still kept add up to the totals? Asked before detail is dropped, and nightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.periods import Month

# Both sides in one statement, so in one snapshot: events and totals are committed together.
_DIFFERING = """
WITH added AS (
    SELECT tenant_id, application, usage_class, day,
           sum(quantity) AS quantity, sum(events) AS events, sum(fingerprint) AS fingerprint
    FROM metering_usageevent
    WHERE meter_id = %(meter)s AND day >= %(first)s AND day < %(until)s
    GROUP BY tenant_id, application, usage_class, day
), total AS (
    SELECT tenant_id, application, usage_class, day, quantity, events, fingerprint
    FROM metering_dailytotal
    WHERE meter_id = %(meter)s AND day >= %(first)s AND day < %(until)s
)
SELECT tenant_id, day, application, usage_class, added.quantity, total.quantity
FROM added FULL JOIN total USING (tenant_id, application, usage_class, day)
WHERE (added.quantity, added.events, added.fingerprint)
    IS DISTINCT FROM (total.quantity, total.events, total.fingerprint)
ORDER BY tenant_id, day, application, usage_class
"""

# Per meter and month: keys against the rows of detail, of which some may have been dropped.
_MISCOUNTED = """
WITH counted AS (
    SELECT meter_id, date_trunc('month', day)::date AS month,
           count(*) AS keys, count(voided_by) AS voided
    FROM metering_countedevent GROUP BY 1, 2
), kept AS (
    SELECT meter_id, date_trunc('month', day)::date AS month,
           count(*) AS events, count(voids) AS corrections
    FROM metering_usageevent GROUP BY 1, 2
)
SELECT meter_id, month, coalesce(counted.keys, 0),
       coalesce(detail.events_dropped, kept.events, 0)
FROM counted FULL JOIN kept USING (meter_id, month)
LEFT JOIN metering_detailmonth AS detail USING (meter_id, month)
WHERE coalesce(counted.keys, 0) <> coalesce(detail.events_dropped, kept.events, 0)
   OR (detail.events_dropped IS NULL AND counted.voided <> kept.corrections)
ORDER BY meter_id, month
"""


# Beside sums below nothing: totals of a month that no detail was ever opened for.
_IMPOSSIBLE = """
SELECT total.tenant_id, total.meter_id, total.day, total.quantity, total.events
FROM metering_dailytotal AS total
LEFT JOIN metering_detailmonth AS detail
    ON detail.meter_id = total.meter_id AND detail.month = date_trunc('month', total.day)::date
WHERE total.quantity < 0 OR total.events < 0 OR detail.id IS NULL
ORDER BY total.tenant_id, total.meter_id, total.day
"""


def differing_days(meter_id: int, month: Month) -> list[str]:
    """Where the events of a month, kept whole, do not sum to its totals: one sentence each."""
    days: dict[str, int | dt.date] = {
        "meter": meter_id,
        "first": month.first_day,
        "until": month.next.first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING, days)
        return [
            f"meter {meter_id}, tenant {tenant}, {day}, {application or '–'}, {usage_class}: "
            f"events {added}, total {total}"
            for tenant, day, application, usage_class, added, total in cursor.fetchall()
        ]


def miscounted_months() -> list[str]:
    """Where more or fewer events are known as counted than there are, or were when dropped."""
    with connection.cursor() as cursor:
        cursor.execute(_MISCOUNTED)
        return [
            f"meter {meter}, {month:%Y-%m}: {keys} counted, {events} there"
            for meter, month, keys, events in cursor.fetchall()
        ]


def impossible_totals() -> list[str]:
    """Totals below nothing, or of a month in which nothing can have been counted."""
    with connection.cursor() as cursor:
        cursor.execute(_IMPOSSIBLE)
        return [
            f"meter {meter}, tenant {tenant}, {day}: {quantity} in {events} events"
            for tenant, meter, day, quantity, events in cursor.fetchall()
        ]
