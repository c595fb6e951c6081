"""`/invoices`: what was issued, line by line, and its documents."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema

from billing import queries
from billing.documents import queries as documents
from billing.queries import InvoiceRow, LineShown
from customers.models import TokenScope
from customers.paging import slice_of
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.months import MonthText, month_in
from portal.api.v1.reach import asked_for, own
from portal.api.v1.shapes import Code, Id, Money, OrganisationQuery, Page, next_cursor
from portal.responses.files import file_response

router = Router(auth=OrganisationBearer(TokenScope.INVOICES_READ), tags=["Invoices"])


class InvoiceSummary(Schema):
    """Amounts count in the document's direction: those of a credit note are given back."""

    id: int
    number: str
    is_credit_note: bool
    month: dt.date
    issued_on: dt.date
    due_on: dt.date
    net: Money
    vat: Money
    gross: Money


class InvoicePage(Page):
    items: list[InvoiceSummary]


class ChargedLine(Schema):
    """So many of a component from one day until (not including) another, excl. VAT."""

    kind: str
    product_code: str
    product: str
    component: str
    period_from: dt.date
    period_until: dt.date
    quantity: int
    unit_price: Money
    net: Money

    @classmethod
    def of(cls, line: LineShown) -> ChargedLine:
        return cls(
            kind=line.kind,
            product_code=line.product_code,
            product=line.product,
            component=line.component,
            period_from=line.period_from,
            period_until=line.period_until,
            quantity=line.quantity,
            unit_price=Money.of(line.unit_price),
            net=Money.of(line.net),
        )


class InvoiceLine(ChargedLine):
    """One line of an issued document, of a tenant or the organisation. VAT rate in per cent."""

    id: int
    subscription_id: int | None
    tenant_id: int | None
    tenant: str
    vat_category: str
    vat_rate: str


class InvoiceVat(Schema):
    category: str
    rate: str
    net: Money
    vat: Money
    note: str


class InvoiceDocument(Schema):
    """A file to download; `url` answers with its bytes."""

    id: int
    kind: str
    language: str
    content_type: str
    sha256: str
    url: str


class InvoiceTranslation(Schema):
    """The PDF in another language, to read: the document that counts is the original."""

    language: str
    url: str


class Invoice(InvoiceSummary):
    organisation_id: int
    language: str
    corrects_invoice_id: int | None
    lines: list[InvoiceLine]
    vat_rows: list[InvoiceVat]
    documents: list[InvoiceDocument]
    translations: list[InvoiceTranslation]


class InvoiceQuery(OrganisationQuery):
    month: MonthText | None = None


@router.get("/invoices", response=InvoicePage, url_name="invoices")
def list_invoices(request: HttpRequest, query: Query[InvoiceQuery]) -> InvoicePage:
    """Invoices and credit notes of one organisation, the newest first."""
    found = queries.invoices_of(asked_for(request, query.organisation_id))
    if query.month:
        found = found.of_month(month_in(query.month).first_day)
    page = slice_of(found, size=query.limit, after=query.after, newest_first=True)
    items = [_summary(row) for row in queries.invoice_rows(page.rows)]
    return InvoicePage(items=items, next_cursor=next_cursor(page))


@router.get("/invoices/{int:invoice_id}", response=Invoice, url_name="invoice")
def read_invoice(request: HttpRequest, invoice_id: Path[Id]) -> Invoice:
    """One document as it was issued, with its lines and its files."""
    row = get_object_or_404(queries.invoices_reached_by(own(request)), pk=invoice_id)
    detail = queries.invoice_detail(row)
    [summary] = queries.invoice_rows([row])
    return Invoice(
        **_summary(summary).dict(),
        organisation_id=row.organisation_id,
        language=row.language,
        corrects_invoice_id=row.corrects_id,
        lines=[_line(line) for line in detail.document.lines],
        vat_rows=[
            InvoiceVat(
                category=each.category,
                rate=str(each.rate),
                net=Money.of(each.net),
                vat=Money.of(each.vat),
                note=each.note,
            )
            for each in detail.document.vat_rows
        ],
        documents=[
            InvoiceDocument(
                id=each.pk,
                kind=each.kind,
                language=each.language,
                content_type=each.content_type,
                sha256=each.sha256,
                url=f"{request.path.rstrip('/')}/documents/{each.pk}",
            )
            for each in documents.documents_of(row)
        ],
        translations=[
            InvoiceTranslation(
                language=language,
                url=f"{request.path.rstrip('/')}/translations/{language}",
            )
            for language in documents.translations_of(row)
        ],
    )


@router.get(
    "/invoices/{int:invoice_id}/documents/{int:document_id}",
    response=bytes,
    url_name="invoice_document",
)
def read_invoice_document(
    request: HttpRequest, invoice_id: Path[Id], document_id: Path[Id]
) -> HttpResponse:
    """The PDF or the electronic invoice, byte for byte as it was sent."""
    row = get_object_or_404(queries.invoices_reached_by(own(request)), pk=invoice_id)
    return file_response(documents.document_file(row, document_id))


@router.get(
    "/invoices/{int:invoice_id}/translations/{slug:language}",
    response=bytes,
    url_name="invoice_translation",
)
def read_invoice_translation(
    request: HttpRequest, invoice_id: Path[Id], language: Path[Code]
) -> HttpResponse:
    """The PDF in one of the languages that the invoice names under `translations`.

    It says that it is a translation, and has no electronic invoice inside.
    """
    row = get_object_or_404(queries.invoices_reached_by(own(request)), pk=invoice_id)
    return file_response(documents.translation_file(row, language))


def _summary(row: InvoiceRow) -> InvoiceSummary:
    return InvoiceSummary(
        id=row.id,
        number=row.number,
        is_credit_note=row.is_credit_note,
        month=row.month,
        issued_on=row.issued_on,
        due_on=row.due_on,
        net=Money.of(row.net),
        vat=Money.of(row.vat),
        gross=Money.of(row.gross),
    )


def _line(line: LineShown) -> InvoiceLine:
    return InvoiceLine(
        **ChargedLine.of(line).dict(),
        id=cast("int", line.id),  # issued ones have one
        subscription_id=line.subscription_id,
        tenant_id=line.tenant_id,
        tenant=line.tenant_label,
        vat_category=line.vat_category,
        vat_rate=str(line.vat_rate),
    )
