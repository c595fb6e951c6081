"""The journal of a month for the bookkeeping: what it sums to, as CSV and as audit file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from billing.payments.auditfile import AnotherCurrency, audit_file
from billing.payments.journal import journal as journal_of
from billing.payments.journal import totals
from customers import clock
from customers.models import Duty
from portal.access import staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms import RunForm
from portal.pages.csv_export import csv_response
from subscriptions.periods import Month, local_day

if TYPE_CHECKING:
    from django.http import HttpRequest

    from billing.payments.journal import Journal


@staff_view(Duty.BILLING)
@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    if "month" not in request.GET:
        form = RunForm(initial={"month": str(Month.of(clock.now().date()).previous)})
        return render(request, "backoffice/journal.html", {"form": form})
    form = RunForm(request.GET)
    if not form.is_valid():
        return form_page(request, "backoffice/journal.html", form, {})
    found = journal_of(form.cleaned_data["seller"], form.cleaned_data["month"])
    match request.GET.get("format"):
        case "csv":
            return journal_as_csv(found)
        case "xaf":
            try:
                return _as_audit_file(found)
            except AnotherCurrency as refusal:
                messages.error(request, str(refusal))
    context = {
        "seller": found.seller,
        "month": found.month,
        "documents": len(found.entries),
        "totals": totals(found.entries),
    }
    return form_page(request, "backoffice/journal.html", form, context)


def journal_as_csv(found: Journal) -> HttpResponse:
    """A row per posting. Amounts stand in the column of their side."""
    header = [
        _("Date"),
        _("Number"),
        _("Account"),
        _("Name of the account"),
        _("Customer number"),
        _("Customer"),
        _("VAT category"),
        _("VAT rate"),
        _("Currency"),
        pgettext("side of the books", "Debit"),
        pgettext("side of the books", "Credit"),
    ]
    cells = (
        [
            entry.entered_on.isoformat(),
            entry.number,
            line.account.number,
            line.account.name,
            entry.customer_number,
            entry.customer_name,
            line.vat_category,
            line.vat_rate,
            entry.currency,
            line.debit or None,
            line.credit or None,
        ]
        for entry in found.entries
        for line in entry.lines
    )
    return csv_response(name_of(found), header, cells)


def name_of(found: Journal) -> str:
    """Of a file, without its ending."""
    return f"journal-{found.seller.code}-{found.month}"


def _as_audit_file(found: Journal) -> HttpResponse:
    made_on = local_day(clock.now(), found.seller.zone)
    return HttpResponse(
        audit_file(found, made_on=made_on),
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{name_of(found)}.xaf"'},
    )
