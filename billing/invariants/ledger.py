from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.payments.models import Posting

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "The ledger balances: debits equal credits, in every entry."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - a balance is one at any time
    totals = Posting.objects.order_by().values_list("entry").annotate(total=Sum("amount"))
    for entry_id, total in totals.exclude(total=0).order_by("entry"):
        yield f"entry {entry_id}: {total} too much"
