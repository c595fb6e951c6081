from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Window
from django.db.models.functions import RowNumber

from subscriptions.provisioning.models import Fact, Feed

if TYPE_CHECKING:
    from collections.abc import Iterator

RULE = "What the platform is told is numbered without a gap, delivered in order, and arrives."

# The platform may be away for a day; what waits longer than that waits for a person.
PATIENCE = dt.timedelta(days=2)


def check(*, at: dt.datetime) -> Iterator[str]:
    number = Window(RowNumber(), partition_by="tenant", order_by="sequence")
    gaps = Fact.objects.annotate(turn=number).exclude(turn=F("sequence"))
    for tenant_id, sequence in gaps.values_list("tenant_id", "sequence")[:20]:
        yield f"tenant {tenant_id} has a gap before fact {sequence}"
    later = Fact.objects.filter(
        tenant=OuterRef("tenant"), sequence__gt=OuterRef("sequence"), delivered_at__isnull=False
    )
    missing = Fact.objects.filter(delivered_at__isnull=True, replaced_at__isnull=True)
    overtaken = missing.filter(Exists(later))
    for tenant_id, sequence in overtaken.values_list("tenant_id", "sequence")[:20]:
        yield f"fact {sequence} of tenant {tenant_id} was overtaken"
    if settings.OPERATION_CENTER_URL:
        stuck = Feed.objects.with_waiting_facts().filter(failing_since__lt=at - PATIENCE)
        for tenant_id in stuck.values_list("pk", flat=True)[:20]:
            yield f"facts of tenant {tenant_id} do not arrive"
