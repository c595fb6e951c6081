"""What the back office asks across all that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Count, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet


def how_many(lists: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each list has, by its name; one statement for all of them."""
    first, *others = [
        rows.order_by()
        .values(name=Value(name, output_field=CharField()))
        .annotate(count=Count("pk"))
        for name, rows in lists.items()
    ]
    counted = first.union(*others, all=True)
    return dict.fromkeys(lists, 0) | {row["name"]: row["count"] for row in counted}
