"""The limit: the rows that a run wrote, copied back as they are, in two streams.

All indexes, constraints and triggers are on; nothing is read, rated or numbered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAMS = 2
OF_INVOICES = "SELECT id FROM billing_invoice WHERE mod(organisation_id, %s) = %s"
OF_ENTRIES = "SELECT id FROM payments_ledgerentry WHERE mod(organisation_id, %s) = %s"
# Lines before their invoices: once those are there, the database lets none in.
ROWS = {
    "billing_runitem": "mod(organisation_id, %s) = %s",
    "billing_invoiceline": f"invoice_id IN ({OF_INVOICES})",
    "billing_invoicevat": f"invoice_id IN ({OF_INVOICES})",
    "billing_invoice": "mod(organisation_id, %s) = %s",
    "payments_posting": f"entry_id IN ({OF_ENTRIES})",
    "payments_ledgerentry": "mod(organisation_id, %s) = %s",
    "customers_history": "mod(organisation_id, %s) = %s",
}

type Rows = Mapping[str, bytes]  # of a table, as COPY writes them


def written(stream: int) -> Rows:
    """What a run has written for the customers of one stream."""
    found = {}
    with connection.cursor() as cursor:
        for table, condition in ROWS.items():
            query = f"COPY (SELECT * FROM {table} WHERE {condition}) TO STDOUT"  # noqa: S608
            with cursor.copy(query, [STREAMS, stream]) as copy:
                found[table] = b"".join(copy)
    return found


@transaction.atomic
def copy_back(rows: Rows) -> None:
    with connection.cursor() as cursor:
        for table, content in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(content)
