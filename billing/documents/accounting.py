"""States the VAT of documents in the currency of their seller's accounts: once, for ever."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.documents.conversion import Charged, converted, given_back, parts
from billing.documents.exchange_rates import rate_of
from billing.documents.models import AccountingVat, ExchangeRate
from billing.documents.reading import accounting_currency_of, needs_exchange_rate
from billing.models import Invoice
from billing.originals import nets_by_document
from catalog.money import Currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from billing.documents.conversion import Part, Row


class RateMissing(Exception):
    """No exchange rate is known for a day: "EUR/NOK 2026-11-01"."""


def state(invoice: Invoice) -> ExchangeRate | None:
    """Write down the VAT that its documents state in the seller's own currency, if they do.

    Returns the one rate it was converted at; None where there is none, or several. What a document
    charges has the rate of its day, what a credit note gives back that of what charged it, which
    is stated with it where it was not yet. The caller is in a transaction. Raises RateMissing.
    """
    if not needs_exchange_rate(invoice):
        return None
    parts_by_document = _with_originals(invoice)
    documents = _locked(parts_by_document)
    for document in documents.values():  # the oldest first
        if not _stated(document):
            rows = _rows(document, parts_by_document[document.pk], documents)
            AccountingVat.objects.bulk_create(rows)
    rates = {row.exchange_rate for row in _stated(invoice)}
    return rates.pop() if len(rates) == 1 else None


def parts_of(document: Invoice) -> Iterator[Part]:
    """What its VAT rows are of: an invoice has all of them itself, a credit note by hand the
    invoice it corrects, one of a run what charged the days that it gives back.
    """
    rows = {(row.category, row.rate): row for row in document.vat_rows.order_by("pk")}
    by_hand = document.origin == Invoice.Origin.CORRECTION
    nets: Mapping[Row, Mapping[int, Decimal]]
    if document.kind == Invoice.Kind.CREDIT_NOTE and not by_hand:
        nets = nets_by_document(document)
    else:
        original = (document.corrects_id if by_hand else None) or document.pk
        nets = {key: {original: row.net} for key, row in rows.items()}
    vat_rows = {key: row.vat for key, row in rows.items()}
    return parts(nets, vat_rows, Currency(document.currency))


def _with_originals(invoice: Invoice) -> dict[int, list[Part]]:
    """Its parts and, by document, those of what it gives back of, and what that does."""
    found: dict[int, list[Part]] = {}
    waiting = [invoice]
    while waiting:
        found |= {document.pk: list(parts_of(document)) for document in waiting}
        originals = {part.original for of_one in found.values() for part in of_one}
        waiting = list(Invoice.objects.filter(pk__in=originals - found.keys()))
    return found


def _locked(ids: Iterable[int]) -> dict[int, Invoice]:
    """Whoever else credits these waits, and who makes their documents."""
    documents = Invoice.objects.filter(pk__in=list(ids)).order_by("pk")
    return {each.pk: each for each in documents.select_for_update(no_key=True)}


def _stated(invoice: Invoice) -> list[AccountingVat]:
    return list(invoice.accounting_vat.select_related("exchange_rate"))


def _rows(
    document: Invoice, its_parts: Iterable[Part], documents: Mapping[int, Invoice]
) -> Iterator[AccountingVat]:
    for part in its_parts:
        if part.vat:
            rate = _rate_of(documents[part.original])
            is_own = part.original == document.pk
            yield AccountingVat(
                invoice=document,
                original=None if is_own else documents[part.original],
                vat_category=part.category,
                vat_rate=part.rate,
                vat=part.vat,
                exchange_rate=rate,
                amount=converted(part.vat, rate.rate)
                if is_own
                else given_back(part.vat, rate.rate, **_before(part), charged=_charged(part)),
            )


def _before(part: Part) -> dict[str, Decimal]:
    """What was given back of that row of the original so far."""
    credited = AccountingVat.objects.filter(
        original=part.original, vat_category=part.category, vat_rate=part.rate
    ).aggregate(before=Sum("vat", default=Decimal(0)), stated=Sum("amount", default=Decimal(0)))
    return dict(credited)


def _charged(part: Part) -> Charged | None:
    charging = AccountingVat.objects.filter(
        invoice=part.original, original=None, vat_category=part.category, vat_rate=part.rate
    )
    row = charging.select_related("invoice").first()
    return charged_in(row) if row else None


def charged_in(row: AccountingVat) -> Charged:
    """As what gives it back counts it: what a credit note charges stands below zero on it."""
    return Charged(row.vat * row.invoice.sign, row.amount * row.invoice.sign)


def _rate_of(document: Invoice) -> ExchangeRate:
    """That at which it states what it charges; it is written down with it."""
    if own := document.accounting_vat.filter(original=None).select_related("exchange_rate").first():
        return own.exchange_rate
    wanted = accounting_currency_of(document)
    rates = ExchangeRate.objects.of_pair(document.currency, wanted)
    found = rate_of(rates.counting_on(document.issued_on), issued_at=document.issued_at)
    if found is None:
        raise RateMissing(f"{document.currency}/{wanted} {document.issued_on}")
    return found
