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
    from collections.abc import Iterator, Mapping

    from billing.drafting import Draft
    from catalog.models import Seller
    from customers.models import Organisation

RULE = "Lines sum to totals; VAT is computed once per category and rate."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - sums do not depend on time
    rows: dict[int, dict[tuple[str, Decimal], tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in InvoiceVat.objects.all():
        rows[row.invoice_id][row.category, row.rate] = (row.net, row.vat)
    nets: dict[int, dict[tuple[str, Decimal], Decimal]] = defaultdict(dict)
    grouped = InvoiceLine.objects.order_by().values_list("invoice", "vat_category", "vat_rate")
    for invoice_id, category, rate, net in grouped.annotate(Sum("net")):
        nets[invoice_id][category, rate] = net
    for invoice in Invoice.objects.order_by("pk"):
        totals = (invoice.net, invoice.vat, invoice.gross)
        currency = Currency(invoice.currency)
        for fault in _faults(nets[invoice.pk], rows[invoice.pk], totals, currency):
            yield f"{invoice}: {fault}"


def check_draft(draft: Draft, *, seller: Seller, organisation: Organisation) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    nets: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in draft.lines:
        nets[line.vat_category, line.vat_rate] += line.net
    rows = {(row.category, row.rate): (row.net, row.vat) for row in draft.vat_rows}
    yield from _faults(nets, rows, (draft.net, draft.vat, draft.gross), draft.currency)


def _faults(
    nets: Mapping[tuple[str, Decimal], Decimal],
    rows: Mapping[tuple[str, Decimal], tuple[Decimal, Decimal]],
    totals: tuple[Decimal, Decimal, Decimal],
    currency: Currency,
) -> Iterator[str]:
    """`nets` of the lines and the VAT rows by category and rate, against net, VAT and gross."""
    due = {key: (net, vat_of(net, key[1], currency)) for key, net in nets.items()}
    if rows != due:
        yield "the VAT rows are not those of its lines"
    net = sum((net for net, _vat in due.values()), Decimal(0))
    vat = sum((vat for _net, vat in due.values()), Decimal(0))
    if totals != (net, vat, net + vat):
        yield f"{totals[0]} + {totals[1]} instead of {net} + {vat}"
