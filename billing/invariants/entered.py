from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce

from billing.models import Invoice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Each issued document is in the ledger, for what it is owed or gives back."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - documents do not depend on time
    owed = Case(When(kind=Invoice.Kind.CREDIT_NOTE, then=-F("gross")), default=F("gross"))
    receivables = Sum("entry__postings__amount", filter=Q(entry__postings__account="receivables"))
    documents = Invoice.objects.annotate(
        owed=owed, receivable=Coalesce(receivables, 0, output_field=Invoice.gross.field)
    )
    wrong = documents.exclude(entry__isnull=False, owed=F("receivable"))
    for number, amount, entry_id, receivable in wrong.order_by("pk").values_list(
        "number", "owed", "entry", "receivable"
    ):
        yield f"{number}: {amount}, entered as {receivable if entry_id else 'nothing'}"
