from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.documents.conversion import converted
from billing.documents.models import AccountingVat

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.models import Invoice

RULE = (
    "VAT that is stated in the seller's own currency is all of the document's, and goes back at "
    "the rate at which it was charged: the whole of it comes to what the invoice stated."
)

type VatRow = tuple[int | None, str, Decimal]  # of an invoice


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was stated has no time
    """Credit notes of before, each with the rate of its own day, are passed over."""
    whole: dict[Invoice, Decimal] = defaultdict(Decimal)
    charged: dict[VatRow, AccountingVat] = {}
    credited: dict[VatRow, list[AccountingVat]] = defaultdict(list)
    for row in AccountingVat.objects.select_related("exchange_rate", "invoice").order_by("pk"):
        whole[row.invoice] += row.vat
        if row.original_id is None:
            charged[row.invoice_id, row.vat_category, row.vat_rate] = row
            yield from _amiss([row])
        else:
            credited[row.original_id, row.vat_category, row.vat_rate].append(row)
    for invoice, vat in whole.items():
        if vat != invoice.vat:
            yield f"{invoice}: {vat} of {invoice.vat} is stated"
    for key, rows in credited.items():
        rates = {row.exchange_rate for row in rows}
        if key not in charged or rates == {charged[key].exchange_rate}:
            yield from _amiss(rows)


def _amiss(rows: list[AccountingVat]) -> Iterator[str]:
    """Of one row of an invoice, at one rate: rounded once on all of it."""
    rate = rows[0].exchange_rate
    vat = sum((row.vat for row in rows), Decimal(0))
    amount = sum((row.amount for row in rows), Decimal(0))
    if amount != converted(vat, rate.rate):
        yield f"{rows[-1].invoice}: {vat} stated as {amount} at {rate}"
