"""Issued invoices and credit notes: the list with its sums, one as a document to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing import queries
from billing.documents import queries as documents
from billing.queries.corrections import corrected_by, corrections
from billing.queries.usage import usage_line, why_this_amount
from customers import clock
from customers.snapshots import in_batches
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms_invoices import InvoiceFilter
from portal.pages.presenters import invoices as words
from portal.pages.presenters.usage import why_page
from portal.responses.files import file_response
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.responses.tables import csv_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@organisation_view(Permission.VIEW_INVOICES)
@require_safe
def invoice_list(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    chosen = InvoiceFilter(request.GET, years=queries.years_of_invoices(seat.organisation))
    year = chosen.cleaned_data["year"] if chosen.is_valid() else None
    found = queries.invoices_of(seat.organisation)
    if year:
        found = found.issued_in(year)
    if request.GET.get("format") == "csv":
        rows = in_batches(found.with_credited(), queries.invoice_rows)
        return csv_response(_("invoices"), words.CSV_HEADER, words.csv_rows(rows))
    page = page_of(request, found.with_credited(), of=ROWS_OF_CUSTOMERS)
    context = {
        "seat": seat,
        "filter": chosen,
        "is_filtered": bool(year),
        "page": page,
        "rows": words.rows(
            queries.invoice_rows(page.object_list), documents.pdfs_of(page.object_list)
        ),
        "totals": queries.invoice_totals(found),
        "next": queries.next_invoice(seat.organisation, clock.now(), judged=True),
    }
    return render(request, "pages/invoices/list.html", context)


@organisation_view(Permission.VIEW_INVOICES)
@require_safe
def invoice_detail(request: HttpRequest, seat: Seat, invoice_id: int) -> HttpResponse:
    """The document as it was issued; `print.css` leaves out everything around it."""
    invoice = get_object_or_404(queries.invoices_of(seat.organisation), pk=invoice_id)
    detail = queries.invoice_detail(invoice)
    context = {
        "seat": seat,
        "invoice": invoice,
        "detail": detail,
        "page": words.document_page(detail),
        "corrected": corrected_by(invoice),
        "corrections": corrections(invoice),
        "documents": words.downloads(documents.documents_of(invoice)),
        "translations": words.translations(documents.translations_of(invoice)),
    }
    return render(request, "pages/invoices/detail.html", context)


@organisation_view(Permission.VIEW_INVOICES)
@require_safe
def invoice_document(
    _request: HttpRequest, seat: Seat, invoice_id: int, document_id: int
) -> HttpResponse:
    """The PDF or the electronic invoice, to keep."""
    invoice = get_object_or_404(queries.invoices_of(seat.organisation), pk=invoice_id)
    return file_response(documents.document_file(invoice, document_id))


@organisation_view(Permission.VIEW_INVOICES)
@require_safe
def invoice_translation(
    _request: HttpRequest, seat: Seat, invoice_id: int, language: str
) -> HttpResponse:
    """The PDF in a language that the buyer did not choose, to read."""
    invoice = get_object_or_404(queries.invoices_of(seat.organisation), pk=invoice_id)
    return file_response(documents.translation_file(invoice, language))


@organisation_view(Permission.VIEW_INVOICES)
@require_safe
def invoice_line(request: HttpRequest, seat: Seat, invoice_id: int, line_id: int) -> HttpResponse:
    """Why a usage line is the amount it is."""
    invoice = get_object_or_404(queries.invoices_of(seat.organisation), pk=invoice_id)
    line = usage_line(invoice, line_id)
    if line is None:
        raise Http404
    found = why_this_amount(line, seat.organisation)
    page = why_page(found, request.GET.get("page"))
    context = {"seat": seat, "invoice": invoice, "found": found, "page": page}
    return render(request, "pages/usage/why.html", context)
