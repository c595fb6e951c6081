"""From drafts to issued documents: lines, then numbers and what bears them, then history."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import connection, transaction
from msgspec import Struct

from billing import numbering
from billing.drafts import DraftKind
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.payments import ledger
from billing.payments.models import LedgerEntry, Posting
from billing.payments.posting import Document, Sold, Taxed
from customers.bulk import check_references, copy_rows, day_text, json_text, take_ids
from customers.history import record_copies
from subscriptions.periods import local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.backends.utils import CursorWrapper

    from billing.drafts import Draft, DraftLine
    from billing.numbering import Number
    from catalog.models import Seller
    from customers.actors import Actor
    from customers.values import AnyCustomer

SIGNS = {DraftKind.INVOICE: 1, DraftKind.CREDIT_NOTE: -1}


class Drafted(Struct, frozen=True):
    """What is due from, or to, one organisation in a month."""

    organisation: AnyCustomer
    drafts: tuple[Draft, ...]


@transaction.atomic
def issue_many(
    drafted: Sequence[Drafted], *, seller: Seller, by: Actor, at: dt.datetime
) -> list[int]:
    """Issue the documents of a number of organisations, all or none; the ids of their invoices.

    The caller holds the organisations' locks. Each document is written once, with its number: so
    its lines come before it, and the number last of all that can be done without, for others wait
    for the series until we are through.
    """
    pairs = [(each.organisation, draft) for each in drafted for draft in each.drafts]
    issued_on = local_day(at, seller.zone)
    with connection.cursor() as cursor:
        ids = take_ids(cursor, Invoice, len(pairs))
        written = [
            _Written(pk, organisation, draft, SIGNS[draft.kind])
            for pk, (organisation, draft) in zip(ids, pairs, strict=True)
        ]
        _write_lines(cursor, written)
        ledger.enter(
            [_entered(each) for each in written], seller=seller, entered_on=issued_on, at=at
        )
        check_references(cursor, InvoiceLine, LedgerEntry, Posting, but_to=Invoice)
        numbered = _numbered(written, seller=seller, year=issued_on.year)
        _write_invoices(cursor, numbered, seller=seller, issued_on=issued_on, at=at)
    record_copies(
        Invoice,
        "invoice.issued",
        by=by,
        at=at,
        told=((each.organisation.pk, each.id, _told(each, number)) for each, number in numbered),
    )
    connection.check_constraints()  # now, not at commit, when it would be everybody's failure
    return ids


class _Written(Struct, frozen=True):
    """A draft with the id of its invoice. Documents hold amounts in their own direction."""

    id: int
    organisation: AnyCustomer
    draft: Draft
    sign: int


def _write_lines(cursor: CursorWrapper, written: Sequence[_Written]) -> None:
    """Lines and VAT: one COPY per table, however many documents."""
    text = _Texts()
    copy_rows(
        cursor,
        InvoiceLine,
        LINE,
        (
            _line(line, position, each, text)
            for each in written
            for position, line in enumerate(each.draft.lines, start=1)
        ),
    )
    copy_rows(
        cursor,
        InvoiceVat,
        VAT_ROW,
        (
            (
                each.id,
                row.category,
                str(row.rate),
                str(row.net * each.sign),
                str(row.vat * each.sign),
                row.note,
            )
            for each in written
            for row in each.draft.vat_rows
        ),
    )


def _write_invoices(
    cursor: CursorWrapper,
    numbered: Iterable[tuple[_Written, Number]],
    *,
    seller: Seller,
    issued_on: dt.date,
    at: dt.datetime,
) -> None:
    copy_rows(
        cursor,
        Invoice,
        INVOICE,
        (_invoice(each, number) for each, number in numbered),
        same={
            "seller_id": seller.pk,
            "seller_snapshot": json_text(seller_snapshot(seller)),
            "series_year": issued_on.year,
            "issued_at": at,
            "issued_on": issued_on,
            "due_on": seller.due_on(issued_on),
        },
    )


class _Texts:
    """JSON of what many lines share: names per language of a product or component."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Mapping[str, str], str]] = {}

    def __call__(self, names: Mapping[str, str]) -> str:
        # Kept with the text, so that its id stays its own.
        known = self._known.get(id(names))
        if known is None:
            known = self._known[id(names)] = (names, json_text(dict(names)))
        return known[1]


INVOICE = (
    "id",
    "sequence",
    "number",
    "kind",
    "organisation_id",
    "month",
    "currency",
    "outside_scope",
    "language",
    "buyer_snapshot",
    "net",
    "vat",
    "gross",
)


def _invoice(each: _Written, number: Number) -> tuple[object, ...]:
    draft, sign = each.draft, each.sign
    return (
        each.id,
        *number,
        str(draft.kind),
        each.organisation.pk,
        day_text(draft.month.first_day),
        str(draft.currency),
        draft.is_outside_scope,
        draft.language or each.organisation.invoice_language,
        json_text(draft.buyer or buyer_snapshot(each.organisation)),
        str(draft.net * sign),
        str(draft.vat * sign),
        str(draft.gross * sign),
    )


LINE = (
    "invoice_id",
    "position",
    "kind",
    "subscription_id",
    "tenant_id",
    "tenant_label",
    "product_code",
    "product_names",
    "component",
    "component_names",
    "period_from",
    "period_until",
    "month_days",
    "quantity",
    "unit_price",
    "net",
    "vat_category",
    "vat_rate",
    "why",
)


def _line(line: DraftLine, position: int, each: _Written, text: _Texts) -> tuple[object, ...]:
    subscription, component, sign = line.subscription, line.component, each.sign
    return (
        each.id,
        position,
        str(line.kind),
        subscription.id,
        subscription.tenant_id,
        subscription.tenant_label,
        subscription.product_code,
        text(subscription.product_names),
        component.code,
        text(component.names),
        day_text(line.period_from),
        day_text(line.period_until),
        line.month_days,
        line.quantity * sign,
        str(line.unit_price),
        str(line.net * sign),
        line.vat_category,
        str(line.vat_rate),
        None if line.why is None else json_text(line.why),
    )


VAT_ROW = ("invoice_id", "category", "rate", "net", "vat", "note_code")


def _entered(each: _Written) -> ledger.Entered:
    return ledger.Entered(
        invoice_id=each.id,
        organisation_id=each.organisation.pk,
        currency=str(each.draft.currency),
        document=document_of(each.draft),
    )


def document_of(draft: Draft) -> Document:
    """What of a draft the ledger enters."""
    return Document(
        sold=[
            Sold(line.subscription.product_code, line.vat_category, line.vat_rate, line.net)
            for line in draft.lines
        ],
        taxed=[Taxed(row.category, row.rate, row.vat) for row in draft.vat_rows],
        gross=draft.gross,
    )


def seller_snapshot(seller: Seller) -> dict[str, str]:
    """The seller as it is named on the document from now on, whatever becomes of it."""
    return {
        "name": seller.legal_name,
        "street": seller.street,
        "postal_code": seller.postal_code,
        "city": seller.city,
        "country": seller.country,
        "vat_number": seller.vat_number,
        "registration_number": seller.registration_number,
        "registration_label": seller.registration_label,
        "iban": seller.iban,
        "bic": seller.bic,
        "email": seller.email,
        "contact": seller.contact,
        "phone": seller.phone,
        "outside_eu_category": seller.outside_eu_category,
    }


def buyer_snapshot(organisation: AnyCustomer) -> dict[str, str]:
    """Who buys, as a document says it for good."""
    return {
        "name": organisation.name,
        "customer_number": organisation.customer_number,
        "street": organisation.street,
        "postal_code": organisation.postal_code,
        "city": organisation.city,
        "country": organisation.country,
        "vat_number": organisation.vat_number,
        "registration_number": organisation.registration_number,
        "endpoint_scheme": organisation.endpoint_scheme,
        "endpoint_id": organisation.endpoint_id,
        "buyer_reference": organisation.buyer_reference,
        "order_number": organisation.order_number,
    }


def _numbered(
    written: Iterable[_Written], *, seller: Seller, year: int
) -> list[tuple[_Written, Number]]:
    """Every document with its number, kind by kind.

    Always in this order, which is that of a reissue too: credit notes, then invoices. So no two
    that want both series can wait for each other.
    """
    by_kind: dict[DraftKind, list[_Written]] = defaultdict(list)
    for each in written:
        by_kind[each.draft.kind].append(each)
    numbered: list[tuple[_Written, Number]] = []
    for kind in sorted(by_kind):
        same = by_kind[kind]
        numbers = numbering.take(seller, kind, year=year, count=len(same))
        numbered += zip(same, numbers, strict=True)
    return numbered


def _told(each: _Written, number: Number) -> dict[str, object]:
    draft = each.draft
    return {
        "number": number.text,
        "kind": str(draft.kind),
        "month": draft.month.first_day,
        "gross": draft.gross * each.sign,
        "currency": str(draft.currency),
    }
