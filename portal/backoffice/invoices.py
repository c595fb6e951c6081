"""Issued invoices of all customers: find one, read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing import queries as billing
from billing.documents import queries as documents
from billing.queries.corrections import corrected_by, corrections
from billing.queries.invoices import is_to_be_paid
from billing.queries.usage import usage_line, why_this_amount
from customers.models import Duty
from customers.snapshots import ROWS_AT_ONCE
from portal.access import staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_invoices import InvoiceFilter
from portal.pages.presenters.invoices import document_page, downloads, translations
from portal.pages.presenters.usage import why_page
from portal.responses.files import file_response
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.models import Invoice
    from billing.querysets import InvoiceQuerySet

COLUMNS: tuple[Column[Invoice], ...] = (
    (gettext_lazy("Number"), lambda each: each.number),
    (gettext_lazy("Kind"), lambda each: each.get_kind_display()),
    (gettext_lazy("Customer number"), lambda each: each.organisation.customer_number),
    (gettext_lazy("Customer"), lambda each: each.organisation.name),
    (gettext_lazy("Month"), lambda each: f"{each.month:%Y-%m}"),
    (gettext_lazy("Invoice date"), lambda each: each.issued_on),
    (gettext_lazy("Due date"), lambda each: each.due_on if is_to_be_paid(each) else ""),
    (gettext_lazy("Currency"), lambda each: each.currency),
    (gettext_lazy("Net"), lambda each: each.signed_net),
    (gettext_lazy("VAT"), lambda each: each.signed_vat),
    (gettext_lazy("Total"), lambda each: each.signed_gross),
    (gettext_lazy("Seller"), lambda each: each.seller),
)


@staff_view()
@require_safe
def invoices(request: HttpRequest) -> HttpResponseBase:
    form = InvoiceFilter(request.GET)
    form.is_valid()  # a month that is none is said beside it, and finds nothing less
    asked = form.cleaned_data
    text, seller, month = asked.get("q", ""), asked.get("seller"), asked.get("month")
    found = billing.every_invoice().matching(text.strip())
    if seller:
        found = found.of_seller(seller)
    if month:
        found = found.of_month(month.first_day)
    if request.GET.get("format") == "csv":
        return invoices_as_csv(found, "invoices")
    context = {
        "form": form,
        "page": page_of(request, found.with_credited()),
        "is_filtered": any(asked.values()),
    }
    return render(request, "backoffice/invoices.html", context)


@staff_view()
@require_safe
def invoice(request: HttpRequest, invoice_id: int) -> HttpResponse:
    found = get_object_or_404(billing.every_invoice(), pk=invoice_id)
    detail = billing.invoice_detail(found)
    context = {
        "invoice": found,
        "detail": detail,
        "page": document_page(detail),
        "corrected": corrected_by(found),
        "corrections": corrections(found),
        "not_mine": whose_task(request, Duty.BILLING),
        "evidence": documents.evidence_of(found),
        "transmission": documents.transmission_of(found),
        "documents": downloads(documents.documents_of(found)),
        "translations": translations(documents.translations_of(found)),
    }
    return render(request, "backoffice/invoice.html", context)


@staff_view()
@require_safe
def invoice_document(_request: HttpRequest, invoice_id: int, document_id: int) -> HttpResponse:
    found = get_object_or_404(billing.every_invoice(), pk=invoice_id)
    return file_response(documents.document_file(found, document_id))


@staff_view()
@require_safe
def invoice_translation(_request: HttpRequest, invoice_id: int, language: str) -> HttpResponse:
    found = get_object_or_404(billing.every_invoice(), pk=invoice_id)
    return file_response(documents.translation_file(found, language))


@staff_view()
@require_safe
def invoice_line(request: HttpRequest, invoice_id: int, line_id: int) -> HttpResponse:
    """Why a usage line is the amount it is."""
    found = get_object_or_404(billing.every_invoice(), pk=invoice_id)
    line = usage_line(found, line_id)
    if line is None:
        raise Http404
    why = why_this_amount(line, found.organisation)
    context = {"invoice": found, "found": why, "page": why_page(why, request.GET.get("page"))}
    return render(request, "backoffice/why.html", context)


def invoices_as_csv(found: InvoiceQuerySet, name: str) -> HttpResponseBase:
    """Signed, as in the customer's own: what is credited is negative, so that a column adds up."""
    return table(name, COLUMNS, found.with_credited().iterator(ROWS_AT_ONCE))
