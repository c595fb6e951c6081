from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min

from billing.models import Invoice, NumberSeries

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Numbers run from 1 without a gap, per seller, kind and year."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - numbers do not depend on time
    used = {
        (seller, kind, year): (count, lowest, highest)
        for seller, kind, year, count, lowest, highest in Invoice.objects.order_by()
        .values_list("seller", "kind", "series_year")
        .annotate(Count("sequence", distinct=True), Min("sequence"), Max("sequence"))
    }
    given = {
        (series.seller_id, series.kind, series.year): series.last
        for series in NumberSeries.objects.filter(last__gt=0)
    }
    for key in sorted(used.keys() | given.keys()):
        count, lowest, highest = used.get(key, (0, None, None))
        last = given.get(key)
        if (lowest, highest, count) != (1, last, last):
            yield f"series {key}: {count} numbers from {lowest} to {highest}, {last} given out"
