"""The same job as anybody would write it first in Django REST framework: what the door for events
is measured against.

Serializers, `bulk_create`. It checks less, knows no corrections and answers
less; it counts once and keeps daily totals.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.asked import ByCredential
from billing.metering.events import key_of
from billing.metering.models import CountedEvent, DailyTotal, UsageClass, UsageEvent
from catalog.models import Meter
from customers import clock
from customers.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.request import Request

ZONE = ZoneInfo("Europe/Amsterdam")


class _Event(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=100)
    source = serializers.CharField(max_length=100)
    tenant = serializers.CharField(max_length=100)
    time = serializers.DateTimeField()
    application = serializers.CharField(max_length=100)
    meter = serializers.CharField(max_length=100)
    quantity = serializers.IntegerField(min_value=1)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "class": serializers.ChoiceField(UsageClass.choices)}


class _Batch(serializers.Serializer[Any]):
    events = _Event(many=True)


class Plain(APIView):
    authentication_classes = (ByCredential,)
    permission_classes = ()
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    @transaction.atomic
    def post(self, request: Request) -> Response:
        batch = _Batch(data=request.data)
        batch.is_valid(raise_exception=True)
        rows = _rows(batch.validated_data["events"], request.auth)
        known = set(CountedEvent.objects.filter(key__in=rows).values_list("key", flat=True))
        fresh = [row for key, row in rows.items() if key not in known]
        # Of two requests with the same event one fails here, and is sent again.
        CountedEvent.objects.bulk_create(
            CountedEvent(key=row.key, digest=0, meter=row.meter, day=row.day) for row in fresh
        )
        UsageEvent.objects.bulk_create(fresh)
        _sum(fresh)
        return Response({"accepted": len(fresh)})


def _rows(events: Iterable[dict[str, Any]], credential: Any) -> dict[UUID, UsageEvent]:
    at = clock.now()
    named = {event["tenant"] for event in events}
    tenants = {each.identifier: each for each in Tenant.objects.filter(identifier__in=named)}
    meters = {each.code: each for each in Meter.objects.all()}
    rows = {}
    for event in events:
        tenant = tenants[event["tenant"]]
        key = UUID(key_of(tenant.pk, event["source"], event["id"]))
        rows[key] = UsageEvent(
            key=key,
            source=event["source"],
            event_id=event["id"],
            tenant=tenant,
            application=event["application"],
            usage_class=event["class"],
            meter=meters[event["meter"]],
            day=event["time"].astimezone(ZONE).date(),
            quantity=event["quantity"],
            events=1,
            fingerprint=0,
            happened_at=event["time"],
            received_at=at,
            credential=credential,
        )
    return rows


def _sum(events: list[UsageEvent]) -> None:
    """Totals that are not there begin at nothing, so that all can be locked and added to."""
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
    # As quick as it gets: `bulk_update` writes a condition per row.
    DailyTotal.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["quantity", "events"],
    )
