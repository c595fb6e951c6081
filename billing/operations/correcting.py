"""Credit notes by hand and reissues, as rows: made without saving, so that pages can show them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from billing import numbering, vat
from billing.crediting import CreditLine, vat_rows
from billing.drafts import is_charge
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.operations.issuing import buyer_snapshot, seller_snapshot
from billing.originals import charges_of, issued, newest_of
from billing.payments import ledger
from billing.payments.ledger import Entered
from billing.payments.posting import Document, Sold, Taxed
from catalog.money import Currency
from customers.bulk import take_ids
from customers.history import record
from customers.refusals import Refusal
from subscriptions.periods import local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from billing.crediting import Creditable
    from customers.actors import Actor
    from customers.models import Organisation

CORRECTION, REISSUE = Invoice.Origin.CORRECTION, Invoice.Origin.REISSUE
Kind = InvoiceLine.Kind

# What a line says whatever document it stands on.
SAID = tuple(
    field.name
    for field in InvoiceLine._meta.concrete_fields  # noqa: SLF001 - Django's documented API
    if field.name not in ("id", "invoice", "position", "corrects")
)


class OutsideScopeMixed(Refusal):
    """EN 16931 has no such document, so nobody could be sent it (BR-O-11 to 14)."""

    sentence = _(
        "Some of this is outside the scope of VAT and some is not: they cannot stand on one "
        "document. Credit the lines of each by themselves."
    )


@dataclass(frozen=True)
class Correction:
    """A document to be, none of it saved. Amounts count in its own direction."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    vat_rows: Sequence[InvoiceVat]


def credit_note_of(original: Invoice, of: Creditable, credit: Sequence[CreditLine]) -> Correction:
    """The credit note that gives `credit` back, to whom and from whom the original was.

    Raises OutsideScopeMixed.
    """
    originals = {line.pk: line for line in lines_of(original)}
    notes = dict(original.vat_rows.values_list("category", "note_code"))
    lines = [_credited(originals[each.line_id], each, original.sign) for each in credit]
    return _correction(
        Invoice(
            kind=Invoice.Kind.CREDIT_NOTE,
            origin=CORRECTION,
            seller_snapshot=original.seller_snapshot,
            buyer_snapshot=original.buyer_snapshot,
            language=original.language,
        ),
        original,
        lines,
        vat_rows(of, credit),
        notes,
    )


def reissue_of(
    original: Invoice, buyer: Organisation, treatment: Callable[[dt.date], vat.Treatment]
) -> tuple[Correction, Correction | None]:
    """The same lines for seller and buyer as they are now; charges under the `treatment` of the
    day they begin.

    What the original credited of earlier months keeps the VAT of what it was credited for. Where
    the charges moved in or out of the scope of VAT since, that is a credit note beside the new
    invoice (docs/decisions/0058). Raises OutsideScopeMixed where they moved in part.
    """
    lines = [_again(line, treatment) for line in lines_of(original)]
    decided = [treatment(line.period_from) for line in lines if _is_charge(line)]
    notes = dict(original.vat_rows.values_list("category", "note_code")) | {
        each.category.value: each.note.value for each in decided
    }
    scopes = {vat.is_outside_scope(each.category) for each in decided}
    if len(scopes) > 1:
        raise OutsideScopeMixed
    together: list[InvoiceLine] = []
    apart: list[InvoiceLine] = []
    for line in lines:
        is_with = not scopes or vat.is_outside_scope(line.vat_category) in scopes
        (together if is_with else apart).append(line)
    make = partial(_reissued, original, buyer, notes)
    new = make(Invoice.Kind.INVOICE, together)
    if not apart:
        return new, None
    credit_note = make(Invoice.Kind.CREDIT_NOTE, [_turned(line) for line in apart])
    if charged := _charging(original, apart):
        credit_note.invoice.buyer_snapshot = charged.buyer_snapshot
        credit_note.invoice.language = charged.language
    return new, credit_note


def _charging(original: Invoice, credits_: Sequence[InvoiceLine]) -> Invoice | None:
    """The document that the credits on `original` are of."""
    since = min(line.period_from for line in credits_)
    charges = charges_of([original.organisation_id], since=since).get(original.organisation_id, ())
    before = [charge for charge in charges if charge.original < original.pk]
    newest = newest_of((issued(line) for line in credits_), before)
    return Invoice.objects.get(pk=newest) if newest else None


def _reissued(
    original: Invoice,
    buyer: Organisation,
    notes: Mapping[str, str],
    kind: Invoice.Kind,
    lines: Sequence[InvoiceLine],
) -> Correction:
    document = Invoice(
        kind=kind,
        origin=REISSUE,
        seller_snapshot=seller_snapshot(original.seller),
        buyer_snapshot=buyer_snapshot(buyer),
        language=buyer.invoice_language,
    )
    nets = [(line.vat_category, line.vat_rate, line.net) for line in lines]
    rows = vat.rows_of(nets, Currency(original.currency))
    return _correction(document, original, lines, rows, notes)


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """Its lines, each with the subscription and the price that it is for."""
    return list(invoice.lines.select_related("subscription__price_version"))


@transaction.atomic
def issue(correction: Correction, *, reason: str, by: Actor, at: dt.datetime) -> Invoice:
    """Save it, number it, tell it. The caller holds the organisation's lock."""
    invoice, seller = correction.invoice, correction.invoice.seller
    issued_on = local_day(at, seller.zone)
    with connection.cursor() as cursor:
        (invoice.pk,) = take_ids(cursor, Invoice, 1)
    # Before their invoice: once it is there, the database lets none in.
    InvoiceLine.objects.bulk_create(correction.lines)
    InvoiceVat.objects.bulk_create(correction.vat_rows)
    ledger.enter([_entered(correction)], seller=seller, entered_on=issued_on, at=at)
    (number,) = numbering.take(seller, invoice.kind, year=issued_on.year)
    invoice.series_year, invoice.sequence, invoice.number = issued_on.year, *number
    invoice.issued_at, invoice.issued_on = at, issued_on
    invoice.due_on = seller.due_on(issued_on)
    invoice.save(force_insert=True)
    invoice.refresh_from_db(from_queryset=Invoice.objects.with_names())
    record(
        invoice,
        "invoice.issued",
        organisation=invoice.organisation,
        by=by,
        at=at,
        reason=reason,
        details={
            "number": invoice.number,
            "kind": invoice.kind,
            "month": invoice.month,
            "gross": invoice.gross,
            "currency": invoice.currency,
            "corrects": invoice.corrects_id,
        },
    )
    return invoice


def _entered(correction: Correction) -> Entered:
    invoice = correction.invoice
    document = Document(
        sold=[
            Sold(line.product_code, line.vat_category, line.vat_rate, line.net * invoice.sign)
            for line in correction.lines
        ],
        taxed=[
            Taxed(row.category, row.rate, row.vat * invoice.sign) for row in correction.vat_rows
        ],
        gross=invoice.gross * invoice.sign,
    )
    return Entered(invoice.pk, invoice.organisation_id, invoice.currency, document)


def _correction(
    invoice: Invoice,
    original: Invoice,
    lines: Sequence[InvoiceLine],
    rows: Iterable[vat.Summed],
    notes: Mapping[str, str],
) -> Correction:
    """`notes` are the sentences about the VAT, by category."""
    invoice.corrects = original
    invoice.organisation, invoice.seller = original.organisation, original.seller
    invoice.month, invoice.currency = original.month, original.currency
    for position, line in enumerate(lines, start=1):
        line.invoice, line.position = invoice, position
    saved_as = [
        InvoiceVat(
            invoice=invoice,
            category=row.category,
            rate=row.rate,
            net=row.net,
            vat=row.vat,
            note_code=notes[row.category],
        )
        for row in rows
    ]
    scopes = {vat.is_outside_scope(row.category) for row in saved_as}
    if len(scopes) > 1:
        raise OutsideScopeMixed
    invoice.outside_scope = True in scopes
    invoice.net = sum((row.net for row in saved_as), Decimal(0))
    invoice.vat = sum((row.vat for row in saved_as), Decimal(0))
    invoice.gross = invoice.net + invoice.vat
    return Correction(invoice, lines, saved_as)


def _credited(line: InvoiceLine, credit: CreditLine, sign: int) -> InvoiceLine:
    """So many of the line for its days, or an amount, written as one unit of all those days.

    `sign` is that of the document on which the line stands.
    """
    again, quantity, net = _copy(line), line.quantity * sign, line.net * sign
    again.net = credit.net
    # What fewer units cost more (a volume price) is an amount too: giving it back is no charge.
    if credit.quantity is None or quantity < 0 < net:
        again.quantity, again.unit_price = 1, credit.net
        again.month_days = (line.period_until - line.period_from).days
    else:
        again.quantity = credit.quantity
    if line.kind != Kind.SETTLEMENT:
        # The run is not to charge the first again; the second it will find due again.
        again.kind = Kind.CREDIT if net > 0 else Kind.ADJUSTMENT
    return again


def _again(line: InvoiceLine, treatment: Callable[[dt.date], vat.Treatment]) -> InvoiceLine:
    again = _copy(line)
    if _is_charge(line):
        now = treatment(line.period_from)
        again.vat_category, again.vat_rate = now.category.value, now.rate
    return again


def _turned(line: InvoiceLine) -> InvoiceLine:
    """As it counts on a credit note."""
    line.quantity, line.net = -line.quantity, -line.net
    return line


def _is_charge(line: InvoiceLine) -> bool:
    return is_charge(line.kind, line.quantity, line.net)


def _copy(line: InvoiceLine) -> InvoiceLine:
    return InvoiceLine(corrects=line, **{name: getattr(line, name) for name in SAID})
