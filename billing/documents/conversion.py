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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from catalog.money import Currency

CENT = Decimal("0.01")
ZERO = Decimal(0)
# An exchange rate counts for the days after it that have none of their own: long weekends.
RATE_GOES_FOR = dt.timedelta(days=7)


class Line(NamedTuple):
    """As far as it says what a credit note gives back of. `whose` is the subscription, or product
    and tenant of what is charged by use; a tenant of None stands for all of them.

    `original` is the invoice it stands on; nothing of it counts for the lines of a credit note.
    """

    whose: tuple[int | str | None, ...]
    component: str
    category: str
    rate: Decimal
    period_from: dt.date
    period_until: dt.date
    net: Decimal
    original: int = 0

    def is_charged_by(self, charge: Line) -> bool:
        return (
            _same(self.whose, charge.whose)
            and self[1:4] == charge[1:4]
            and self.period_from < charge.period_until
            and charge.period_from < self.period_until
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Net and VAT of one row of a credit note, in the document's currency, that are of one
    original.
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
    lines: Iterable[Line],
    charges: Sequence[Line],
    vat_rows: Mapping[tuple[str, Decimal], Decimal],
    currency: Currency,
) -> Iterator[Part]:
    """What the rows of a credit note give back of which original.

    Each line is of the newest invoice that charged some of its days, as the run takes off what
    was charged last first; what nobody charged goes with the newest of all. `charges` are the
    positive lines of the originals, by invoice, the oldest first.
    """
    if not charges:
        return
    nets: dict[tuple[str, Decimal], dict[int, Decimal]] = {}
    for line in lines:
        charging = [charge for charge in charges if line.is_charged_by(charge)]
        original = (charging or charges)[-1].original
        of_row = nets.setdefault((line.category, line.rate), {})
        of_row[original] = of_row.get(original, ZERO) + line.net
    for key, vat in vat_rows.items():
        left, net_so_far, vat_so_far = len(nets[key]), ZERO, ZERO
        for original, net in nets[key].items():
            left, net_so_far = left - 1, net_so_far + net
            until_here = vat_of(net_so_far, key[1], currency) if left else vat
            yield Part(original, *key, until_here - vat_so_far, net)
            vat_so_far = until_here


def _same(whose: tuple[int | str | None, ...], charged: tuple[int | str | None, ...]) -> bool:
    """A charge for all tenants is one of each of them."""
    return whose == charged or (charged[0] is None and charged == (*whose[:-1], None))
