from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q

from billing.documents.accounting import charged_in, parts_of
from billing.documents.conversion import ZERO, back_so_far, converted
from billing.documents.editions import FIRST
from billing.documents.models import AccountingVat, Rendering
from billing.models import Invoice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = (
    "VAT that is stated in the seller's own currency is all of the document's, and goes back at "
    "the rate at which it was charged: the whole of it comes to what the invoice stated."
)
# Each of these converted all its VAT at once, a credit note at the rate of its own day; how it is
# parted by rows was written down afterwards.
OF_BEFORE = Q(invoice__rendering__status=Rendering.Status.READY) & Q(
    invoice__rendering__edition=FIRST
)

type VatRow = tuple[int | None, str, Decimal]  # of an invoice


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was stated has no time
    """Documents of before are held to what they stated themselves; what comes after makes good."""
    of_before = set(AccountingVat.objects.filter(OF_BEFORE).values_list("pk", flat=True))
    documents: dict[Invoice, list[AccountingVat]] = defaultdict(list)
    charged: dict[VatRow, AccountingVat] = {}
    credited: dict[VatRow, list[AccountingVat]] = defaultdict(list)
    for row in AccountingVat.objects.select_related("exchange_rate", "invoice").order_by("pk"):
        documents[row.invoice].append(row)
        if row.original_id is None:
            charged[row.invoice_id, row.vat_category, row.vat_rate] = row
        else:
            credited[row.original_id, row.vat_category, row.vat_rate].append(row)
    for invoice, rows in documents.items():
        yield from _not_all(invoice, rows)
        yield from _converted_amiss(rows, at_once=rows[0].pk in of_before)
        if invoice.kind == Invoice.Kind.CREDIT_NOTE and rows[0].pk not in of_before:
            yield from _parted_amiss(invoice, rows)
    for key, rows in credited.items():
        if since := [row for row in rows if row.pk not in of_before]:
            yield from _credited_amiss(rows, charged.get(key), since)


def _not_all(invoice: Invoice, rows: list[AccountingVat]) -> Iterator[str]:
    vat = sum((row.vat for row in rows), Decimal(0))
    if vat != invoice.vat:
        yield f"{invoice}: {vat} of {invoice.vat} is stated"


def _parted_amiss(invoice: Invoice, rows: list[AccountingVat]) -> Iterator[str]:
    """What charged what is given back says at which rate."""
    wanted = {
        (part.original, part.category, part.rate): part.vat
        for part in parts_of(invoice)
        if part.vat
    }
    stated = {
        (row.original_id or row.invoice_id, row.vat_category, row.vat_rate): row.vat for row in rows
    }
    for key in sorted(wanted.keys() | stated.keys()):
        if (found := stated.get(key, ZERO)) != (due := wanted.get(key, ZERO)):
            yield f"{invoice}: {found} is stated as charged by document {key[0]}, not {due}"


def _converted_amiss(rows: list[AccountingVat], *, at_once: bool) -> Iterator[str]:
    """Of one document: what it states of its rows is the VAT at its rate, rounded for each."""
    if at_once:
        yield from _amiss(rows, rows[0], _converted(rows, rows[0]))
        return
    for row in rows:
        if row.original_id is None:
            yield from _amiss([row], row, _converted([row], row))


def _credited_amiss(
    rows: list[AccountingVat], charge: AccountingVat | None, since: list[AccountingVat]
) -> Iterator[str]:
    """Of one row of an invoice: at its rate, rounded once on all of it."""
    first = charge or since[0]
    vat = sum((row.vat for row in rows), Decimal(0))
    stated = charged_in(charge) if charge else None
    yield from _amiss(rows, first, back_so_far(vat, first.exchange_rate.rate, stated))
    for row in since:
        if row.exchange_rate_id != first.exchange_rate_id:
            yield f"{row.invoice}: credited at {row.exchange_rate}, not at {first.exchange_rate}"


def _converted(rows: list[AccountingVat], at: AccountingVat) -> Decimal:
    vat = sum((row.vat for row in rows), Decimal(0))
    return converted(vat, at.exchange_rate.rate)


def _amiss(rows: list[AccountingVat], at: AccountingVat, wanted: Decimal) -> Iterator[str]:
    amount = sum((row.amount for row in rows), Decimal(0))
    if amount != wanted:
        vat = sum((row.vat for row in rows), Decimal(0))
        yield f"{rows[-1].invoice}: {vat} stated as {amount}, not {wanted}, at {at.exchange_rate}"
