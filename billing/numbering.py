"""Numbers without gaps, taken when a document is issued and not a moment earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from billing.models import Invoice

if TYPE_CHECKING:
    from catalog.models import Seller


# One statement, for others wait from it on: locks the series, which the first number makes.
TAKE = """
    INSERT INTO billing_numberseries AS series (seller_id, kind, year, last)
    VALUES (%(seller)s, %(kind)s, %(year)s, %(count)s)
    ON CONFLICT (seller_id, kind, year) DO UPDATE SET last = series.last + excluded.last
    RETURNING last
"""


class NumberOutsideTransaction(RuntimeError):
    """A number taken outside the transaction that uses it could be lost, and leave a gap."""


class Number(NamedTuple):
    """`sequence` within the series, and how the document says it."""

    sequence: int
    text: str


def take(seller: Seller, kind: str, *, year: int, count: int = 1) -> list[Number]:
    """The next `count` numbers of the series, its row locked until the transaction ends.

    Take them last: whoever else issues for this seller waits from here on. If the transaction
    (or savepoint) is rolled back, the numbers are free again.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NumberOutsideTransaction("take numbers inside transaction.atomic")
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"seller": seller.pk, "kind": kind, "year": year, "count": count})
        (last,) = cursor.fetchone()
    return [
        Number(sequence, written(seller, kind, year=year, sequence=sequence))
        for sequence in range(last - count + 1, last + 1)
    ]


def hold_all(seller: Seller, *, year: int) -> None:
    """Lock every series of the year, in the order in which everybody takes them: credit notes
    first. For who may want them in any order.
    """
    for kind in sorted(Invoice.Kind.values):
        take(seller, kind, year=year, count=0)


def written(seller: Seller, kind: str, *, year: int, sequence: int) -> str:
    """As it stands on the document: NL-2026-000123, a credit note NL-2026-C000123."""
    letter = "C" if kind == Invoice.Kind.CREDIT_NOTE else ""
    return f"{seller.invoice_prefix}-{year}-{letter}{sequence:06d}"
