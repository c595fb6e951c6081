from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from billing.documents.models import AccountingVat
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.payments.models import LedgerEntry, Posting
from customers.models import History
from subscriptions.models import Quantity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "Issued documents and history cannot be changed: the database refuses it."

GUARDED = (
    Invoice,
    InvoiceLine,
    InvoiceVat,
    AccountingVat,
    History,
    Quantity,
    LedgerEntry,
    Posting,
)


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the database's own catalogue
    """The triggers are there and switched on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') "
            "AND (tgname LIKE 'pgtrigger_issued_never_changes%%' "
            "OR tgname LIKE 'pgtrigger_append_only%%')",
            [],
        )
        guarded = {table for (table,) in cursor.fetchall()}
    for model in GUARDED:
        if model._meta.db_table not in guarded:  # noqa: SLF001 - Django's documented API
            yield f"{model._meta.db_table} has no trigger"  # noqa: SLF001
