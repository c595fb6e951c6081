"""Which accounts a document is entered on: double entry. Pure.

| document    | debit                    | credit                          |
|-------------|--------------------------|---------------------------------|
| invoice     | receivables: gross       | revenue: net, VAT payable: VAT  |
| credit note | revenue: net, VAT: VAT   | receivables: gross              |

A line that is given back on an invoice is a debit of its revenue, and the other way round.
There is no account for rounding: VAT is rounded before it is added up, so gross is net plus VAT
to the cent. A difference would be a mistake, and is refused instead of being booked away.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


NOTHING = Decimal(0)


class Account(StrEnum):
    RECEIVABLES = "receivables"  # what customers owe; whose is said by the entry
    REVENUE = "revenue"  # per product
    VAT_PAYABLE = "vat_payable"  # per category and rate


class Unbalanced(ValueError):
    """A document whose lines and VAT do not sum to its total cannot be entered."""


class Sold(Struct, frozen=True):
    """A line of a document. Amounts are signed: positive is owed, negative given back."""

    product_code: str
    vat_category: str
    vat_rate: Decimal  # per cent
    net: Decimal


class Taxed(Struct, frozen=True):
    vat_category: str
    vat_rate: Decimal
    vat: Decimal


class Document(Struct, frozen=True, kw_only=True):
    """What of an invoice or credit note is entered, signed like its lines."""

    sold: Sequence[Sold]
    taxed: Sequence[Taxed]
    gross: Decimal


class Posting(Struct, frozen=True):
    """`amount` is a debit when positive and a credit when negative."""

    account: Account
    amount: Decimal
    product_code: str = ""
    vat_category: str = ""
    vat_rate: Decimal | None = None


def postings_of(document: Document) -> tuple[Posting, ...]:
    """Receivables first, then revenue and VAT in the order of the document; none of nothing.

    Revenue is split by VAT too, so that the base of each rate can be read from the ledger.
    Raises Unbalanced.
    """
    found = [
        Posting(Account.RECEIVABLES, document.gross),
        *[Posting(Account.REVENUE, -net, *of) for of, net in _totals(document.sold).items()],
        *[
            Posting(Account.VAT_PAYABLE, -row.vat, "", row.vat_category, row.vat_rate)
            for row in document.taxed
        ],
    ]
    if sum([posting.amount for posting in found], NOTHING):
        raise Unbalanced(f"lines and VAT do not sum to {document.gross}")
    return tuple(posting for posting in found if posting.amount)


def _totals(sold: Iterable[Sold]) -> dict[tuple[str, str, Decimal], Decimal]:
    totals: dict[tuple[str, str, Decimal], Decimal] = {}
    for each in sold:
        of = (each.product_code, each.vat_category, each.vat_rate)
        totals[of] = totals.get(of, NOTHING) + each.net
    return totals
