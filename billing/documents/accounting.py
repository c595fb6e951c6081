"""States the VAT of documents in the currency of their seller's accounts: once, for ever."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.documents.conversion import Charged, converted, given_back, parts
from billing.documents.models import AccountingVat, ExchangeRate
from billing.documents.reading import accounting_currency_of, needs_exchange_rate
from billing.models import Invoice, InvoiceLine
from billing.originals import issued
from billing.queries.corrections import corrected_by
from catalog.money import Currency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from billing.documents.conversion import Part


class RateMissing(Exception):
    """No exchange rate is known for a day: "EUR/NOK 2026-11-01"."""


def state(invoice: Invoice) -> ExchangeRate | None:
    """Write down the VAT that its documents state in the seller's own currency, if they do.

    Returns the one rate it was converted at; None where there is none, or several. An invoice has
    that of its day, a credit note those of what it corrects, which are stated with it where they
    were not yet. The caller is in a transaction. Raises RateMissing.
    """
    if not needs_exchange_rate(invoice):
        return None
    originals = _locked(invoice)
    for each in originals:
        _keep(each, _of_invoice)
    _keep(invoice, partial(_of_credit_note, originals=originals) if originals else _of_invoice)
    rates = {row.exchange_rate for row in _stated(invoice)}
    return rates.pop() if len(rates) == 1 else None


def _keep(invoice: Invoice, made: Callable[[Invoice], Iterable[AccountingVat]]) -> None:
    if not _stated(invoice):
        AccountingVat.objects.bulk_create(made(invoice))


def _locked(invoice: Invoice) -> list[Invoice]:
    """What it corrects, the oldest first; whoever else credits these waits, and who makes it."""
    originals = list(corrected_by(invoice))
    ids = [invoice.pk, *(each.pk for each in originals)]
    list(Invoice.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    return originals


def _stated(invoice: Invoice) -> list[AccountingVat]:
    return list(invoice.accounting_vat.select_related("exchange_rate"))


def _of_invoice(invoice: Invoice) -> Iterator[AccountingVat]:
    rate = _rate_of(invoice)
    for row in invoice.vat_rows.order_by("pk"):
        if row.vat:
            yield AccountingVat(
                invoice=invoice,
                vat_category=row.category,
                vat_rate=row.rate,
                vat=row.vat,
                exchange_rate=rate,
                amount=converted(row.vat, rate.rate),
            )


def _of_credit_note(
    credit_note: Invoice, *, originals: Iterable[Invoice]
) -> Iterator[AccountingVat]:
    by_id = {each.pk: each for each in originals}
    for part in parts_of(credit_note, by_id):
        if part.vat:
            rate = _rate_of(by_id[part.original])
            yield AccountingVat(
                invoice=credit_note,
                original=by_id[part.original],
                vat_category=part.category,
                vat_rate=part.rate,
                vat=part.vat,
                exchange_rate=rate,
                amount=given_back(part.vat, rate.rate, **_before(part), charged=_charged(part)),
            )


def parts_of(credit_note: Invoice, originals: Iterable[int]) -> Iterator[Part]:
    """What it gives back of which of the originals; nothing where there are none."""
    charging = InvoiceLine.objects.filter(invoice__in=list(originals), net__gt=0)
    return parts(
        [issued(line) for line in credit_note.lines.order_by("position")],
        [issued(line) for line in charging.order_by("invoice", "position")],
        {(row.category, row.rate): row.vat for row in credit_note.vat_rows.order_by("pk")},
        Currency(credit_note.currency),
    )


def _before(part: Part) -> dict[str, Decimal]:
    """What was given back of that row of the original so far."""
    credited = AccountingVat.objects.filter(
        original=part.original, vat_category=part.category, vat_rate=part.rate
    ).aggregate(before=Sum("vat", default=Decimal(0)), stated=Sum("amount", default=Decimal(0)))
    return dict(credited)


def _charged(part: Part) -> Charged | None:
    row = AccountingVat.objects.filter(
        invoice=part.original, vat_category=part.category, vat_rate=part.rate
    ).first()
    return Charged(row.vat, row.amount) if row else None


def _rate_of(invoice: Invoice) -> ExchangeRate:
    """That at which an invoice states its VAT: the latest of the days up to its date.

    It is written down with it, so that a rate entered later changes nothing.
    """
    for stated in _stated(invoice):
        return stated.exchange_rate
    wanted = accounting_currency_of(invoice)
    rates = ExchangeRate.objects.of_pair(invoice.currency, wanted)
    found: ExchangeRate | None = rates.latest_for(invoice.issued_on)
    if found is None:
        raise RateMissing(f"{invoice.currency}/{wanted} {invoice.issued_on}")
    return found
