from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.vat import vat_of
from catalog.money import Currency

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

type VatRows = dict[tuple[str, Decimal], tuple[Decimal, Decimal]]

A_CENT = Decimal("0.01")

RULE = "Lines sum to totals; VAT is computed once per category and rate."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - sums do not depend on time
    """The VAT of a credit note by hand is what is left of its original's: see `corrections`."""
    rows: dict[int, VatRows] = defaultdict(dict)
    for row in InvoiceVat.objects.all():
        rows[row.invoice_id][row.category, row.rate] = (row.net, row.vat)
    nets: dict[int, dict[tuple[str, Decimal], Decimal]] = defaultdict(dict)
    grouped = InvoiceLine.objects.order_by().values_list("invoice", "vat_category", "vat_rate")
    for invoice_id, category, rate, net in grouped.annotate(Sum("net")):
        nets[invoice_id][category, rate] = net
    for invoice in Invoice.objects.order_by("pk"):
        due = {
            key: (net, vat_of(net, key[1], Currency(invoice.currency)))
            for key, net in nets[invoice.pk].items()
        }
        if invoice.origin == Invoice.Origin.CORRECTION:
            due = _as_credited(due, rows[invoice.pk])
        if rows[invoice.pk] != due:
            yield f"{invoice}: the VAT rows are not those of its lines"
        net = sum((net for net, _vat in due.values()), Decimal(0))
        vat = sum((vat for _net, vat in due.values()), Decimal(0))
        if (invoice.net, invoice.vat, invoice.gross) != (net, vat, net + vat):
            yield f"{invoice}: {invoice.net} + {invoice.vat} instead of {net} + {vat}"


def _as_credited(due: VatRows, rows: VatRows) -> VatRows:
    """Rounded on all that was credited so far, a row may differ by a cent."""
    return {
        key: (net, rows[key][1])
        if key in rows and abs(rows[key][1] - vat) <= A_CENT
        else (net, vat)
        for key, (net, vat) in due.items()
    }
