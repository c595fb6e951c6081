"""Numbers without gaps, taken when a document is issued and not a moment earlier."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction

from billing.models import Invoice, NumberSeries
from customers.bulk import bigints
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.models import Seller

ISSUE = """
    UPDATE billing_invoice AS invoice
    SET status = 'issued', series_year = %s, issued_at = %s, issued_on = %s, due_on = %s,
        sequence = taken.sequence, number = taken.number
    FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS taken (id, sequence, number)
    WHERE invoice.id = taken.id
"""


class NumberOutsideTransaction(RuntimeError):
    """A number taken outside the transaction that uses it could be lost, and leave a gap."""


def take(seller: Seller, kind: str, *, year: int, count: int = 1) -> range:
    """The next `count` numbers of the series, its row locked until the transaction ends.

    Take them last: whoever else issues for this seller waits from here on. If the transaction
    (or savepoint) is rolled back, the numbers are free again.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NumberOutsideTransaction("take numbers inside transaction.atomic")
    key = {"seller": seller, "kind": kind, "year": year}
    NumberSeries.objects.bulk_create([NumberSeries(**key)], ignore_conflicts=True)
    series = NumberSeries.objects.select_for_update(no_key=True).get(**key)
    first = series.last + 1
    series.last += count
    series.save(update_fields=["last"])
    return range(first, series.last + 1)


def number_all(
    invoice_ids: Sequence[int], *, seller: Seller, kind: str, at: dt.datetime
) -> list[str]:
    """Number and issue drafts of one kind, in the order given; returns their numbers.

    One statement for all, so that whoever waits for the series waits no longer than that. The
    year is that of the invoice date. Raises NumberOutsideTransaction.
    """
    issued_on = local_day(at, seller.zone)
    sequences = take(seller, kind, year=issued_on.year, count=len(invoice_ids))
    numbers = [
        written(seller, kind, year=issued_on.year, sequence=sequence) for sequence in sequences
    ]
    due_on = issued_on + dt.timedelta(days=seller.payment_term_days)
    with connection.cursor() as cursor:
        cursor.execute(
            ISSUE,
            [
                issued_on.year,
                at,
                issued_on,
                due_on,
                bigints(invoice_ids),
                bigints(sequences),
                numbers,
            ],
        )
    return numbers


def written(seller: Seller, kind: str, *, year: int, sequence: int) -> str:
    """As it stands on the document: NL-2026-000123, a credit note NL-2026-C000123."""
    letter = "C" if kind == Invoice.Kind.CREDIT_NOTE else ""
    return f"{seller.invoice_prefix}-{year}-{letter}{sequence:06d}"
