"""The same job as anybody would write it first: what the door for events is measured against.

It checks less, knows no corrections and answers less; it counts once and keeps daily totals.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import JsonResponse
from django.urls import path

from billing.metering.events import key_of
from billing.metering.models import CountedEvent, DailyTotal, UsageEvent
from billing.metering.operations import credentials
from catalog.models import Meter
from customers import clock
from customers.models import Tenant
from portal.urls import urlpatterns as of_portal

if TYPE_CHECKING:
    from django.http import HttpRequest

ZONE = ZoneInfo("Europe/Amsterdam")


@transaction.atomic
def plain(request: HttpRequest) -> JsonResponse:
    at = clock.now()
    credential = credentials.recognise(request.headers["Authorization"][7:], at=at)
    assert credential
    tenants = {tenant.identifier: tenant for tenant in Tenant.objects.all()}
    meters = {meter.code: meter for meter in Meter.objects.all()}
    rows = {}
    for given in json.loads(request.body)["events"]:
        happened_at = dt.datetime.fromisoformat(given["time"])
        tenant = tenants[given["tenant"]]
        key = key_of(tenant.pk, given["source"], given["id"])
        rows[key] = UsageEvent(
            key=key,
            source=given["source"],
            event_id=given["id"],
            tenant=tenant,
            application=given["application"],
            usage_class=given["class"],
            meter=meters[given["meter"]],
            day=happened_at.astimezone(ZONE).date(),
            quantity=given["quantity"],
            events=1,
            fingerprint=0,
            happened_at=happened_at,
            received_at=at,
            credential=credential,
        )
    known = {
        key.hex for key in CountedEvent.objects.filter(key__in=rows).values_list("key", flat=True)
    }
    fresh = [row for key, row in rows.items() if key not in known]
    CountedEvent.objects.bulk_create(
        (CountedEvent(key=row.key, digest=0, meter=row.meter, day=row.day) for row in fresh),
        ignore_conflicts=True,
    )
    UsageEvent.objects.bulk_create(fresh)
    _sum(fresh)
    return JsonResponse({"accepted": len(fresh)})


def _sum(events: list[UsageEvent]) -> None:
    quantities: Counter[tuple[Any, ...]] = Counter()
    numbers: Counter[tuple[Any, ...]] = Counter()
    for event in events:
        total = (event.tenant_id, event.day, event.meter_id, event.application, event.usage_class)
        quantities[total] += event.quantity
        numbers[total] += 1
    DailyTotal.objects.bulk_create(
        (
            DailyTotal(
                tenant_id=tenant,
                day=day,
                meter_id=meter,
                application=application,
                usage_class=usage_class,
                quantity=0,
                events=0,
                fingerprint=0,
                changed_on=day,
            )
            for tenant, day, meter, application, usage_class in sorted(quantities)
        ),
        ignore_conflicts=True,
    )
    rows = (
        DailyTotal.objects.select_for_update()
        .order_by("pk")
        .filter(
            tenant__in={total[0] for total in quantities},
            day__in={total[1] for total in quantities},
        )
    )
    changed = []
    for row in rows:
        total = (row.tenant_id, row.day, row.meter_id, row.application, row.usage_class)
        if total in quantities:
            row.quantity += quantities[total]
            row.events += numbers[total]
            changed.append(row)
    DailyTotal.objects.bulk_update(changed, ["quantity", "events"])


urlpatterns = [path("api/plain", plain), *of_portal]
