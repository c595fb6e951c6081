from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count

from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "At any moment a tenant has a product once, and so has an organisation."


def check(*, at: dt.datetime) -> Iterator[str]:
    twice = (
        Subscription.objects.in_force_at(at)
        .values("organisation", "tenant", "product__code")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
        .order_by("organisation")
    )
    for row in twice:
        yield (
            f"{row['number']} × {row['product__code']} on tenant {row['tenant']} "
            f"of organisation {row['organisation']}"
        )
