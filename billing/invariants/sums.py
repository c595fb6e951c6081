from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.vat import vat_of
from catalog.money import Currency
from customers.bulk import any_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

type VatRows = Mapping[tuple[str, Decimal], tuple[Decimal, Decimal]]

NOTHING = Decimal(0)
A_CENT = Decimal("0.01")
AT_ONCE = 2_000  # documents at a time

RULE = "Lines sum to totals; VAT is computed once per category and rate."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - sums do not depend on time
    """The VAT of a credit note by hand is what is left of its original's: see `corrections`."""
    for invoices in batched(Invoice.objects.order_by("pk").iterator(AT_ONCE), AT_ONCE):
        yield from _check(invoices)


def _check(invoices: Collection[Invoice]) -> Iterator[str]:
    these = any_of("invoice", (invoice.pk for invoice in invoices))
    rows: dict[int, dict[tuple[str, Decimal], tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in InvoiceVat.objects.filter(these):
        rows[row.invoice_id][row.category, row.rate] = (row.net, row.vat)
    nets: dict[int, dict[tuple[str, Decimal], Decimal]] = defaultdict(dict)
    lines = InvoiceLine.objects.filter(these).order_by()
    grouped = lines.values_list("invoice", "vat_category", "vat_rate")
    for invoice_id, category, rate, net in grouped.annotate(Sum("net")):
        nets[invoice_id][category, rate] = net
    for invoice in invoices:
        totals = (invoice.net, invoice.vat, invoice.gross)
        currency = Currency(invoice.currency)
        is_correction = invoice.origin == Invoice.Origin.CORRECTION
        for fault in _faults(
            nets[invoice.pk], rows[invoice.pk], totals, currency, by_hand=is_correction
        ):
            yield f"{invoice}: {fault}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    nets: dict[tuple[str, Decimal], Decimal] = {}
    for line in draft.lines:
        key = (line.vat_category, line.vat_rate)
        nets[key] = nets.get(key, NOTHING) + line.net
    rows = {(row.category, row.rate): (row.net, row.vat) for row in draft.vat_rows}
    totals = (draft.net, draft.vat, draft.gross)
    yield from _faults(nets, rows, totals, draft.currency, by_hand=False)


def _faults(
    nets: Mapping[tuple[str, Decimal], Decimal],
    rows: VatRows,
    totals: tuple[Decimal, Decimal, Decimal],
    currency: Currency,
    *,
    by_hand: bool,
) -> Iterator[str]:
    """`nets` of the lines and the VAT rows by category and rate, against net, VAT and gross."""
    due: VatRows = {key: (net, vat_of(net, key[1], currency)) for key, net in nets.items()}
    if by_hand:
        due = _as_credited(due, rows)
    if rows != due:
        yield "the VAT rows are not those of its lines"
    net = sum([net for net, _vat in due.values()], NOTHING)
    vat = sum([vat for _net, vat in due.values()], NOTHING)
    if totals != (net, vat, net + vat):
        yield f"{totals[0]} + {totals[1]} instead of {net} + {vat}"


def _as_credited(due: VatRows, rows: VatRows) -> VatRows:
    """Rounded on all that was credited so far, a row may differ by a cent."""
    return {
        key: (net, rows[key][1])
        if key in rows and abs(rows[key][1] - vat) <= A_CENT
        else (net, vat)
        for key, (net, vat) in due.items()
    }
