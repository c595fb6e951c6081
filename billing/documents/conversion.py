"""VAT in the currency of the seller's accounts (art. 230; bokføringsforskriften § 5-1-1). Pure.

An invoice converts it at the rate of its day, row by row. What a credit note gives back of it is
converted at that same rate, rounded on all that was given back of the row so far: the whole of it
comes to what the invoice stated, to the last øre (docs/decisions/0071).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from billing.vat import vat_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catalog.money import Currency

CENT = Decimal("0.01")
ZERO = Decimal(0)
# An exchange rate counts for the days after it that have none of their own: long weekends.
RATE_GOES_FOR = dt.timedelta(days=7)

type Row = tuple[str, Decimal]  # VAT category and rate


@dataclass(frozen=True, slots=True)
class Part:
    """Net and VAT of one row of a document, in its currency and direction, that are of one
    `original`: what it charges itself is its own.
    """

    original: int
    category: str
    rate: Decimal
    vat: Decimal
    net: Decimal


def converted(amount: Decimal, rate: Decimal) -> Decimal:
    """`rate` is what one unit of the document's currency is worth."""
    return (amount * rate).quantize(CENT, ROUND_HALF_UP)


class Charged(NamedTuple):
    """The VAT of a row of an invoice, and what the invoice stated of it in the other currency."""

    vat: Decimal
    amount: Decimal


def back_so_far(vat: Decimal, rate: Decimal, charged: Charged | None) -> Decimal:
    """All that goes back with `vat` of a row: of the whole row exactly what was stated of it.

    That is another amount than `vat` converted where an invoice of before converted the VAT of
    all its rows at once. None: the invoice charged nothing in such a row.
    """
    return charged.amount if charged and vat == charged.vat else converted(vat, rate)


def given_back(
    vat: Decimal, rate: Decimal, *, before: Decimal, stated: Decimal, charged: Charged | None
) -> Decimal:
    """Of `vat` more of an original's row, after `before` of it was stated as `stated`."""
    return back_so_far(before + vat, rate, charged) - stated


def parts(
    nets: Mapping[Row, Mapping[int, Decimal]], vat_rows: Mapping[Row, Decimal], currency: Currency
) -> Iterator[Part]:
    """The VAT of the rows of a document, parted as their nets are: by what charged them.

    The last part of a row is the rest.
    """
    for key, vat in vat_rows.items():
        of_row = nets.get(key, {})
        left, net_so_far, vat_so_far = len(of_row), ZERO, ZERO
        for original, net in of_row.items():
            left, net_so_far = left - 1, net_so_far + net
            until_here = vat_of(net_so_far, key[1], currency) if left else vat
            yield Part(original, *key, until_here - vat_so_far, net)
            vat_so_far = until_here
