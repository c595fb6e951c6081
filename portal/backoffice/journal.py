"""The journal of a month for the bookkeeping: what it sums to, as CSV and as audit file."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from billing.documents.queries import stated_vat
from billing.models import Invoice
from billing.payments.auditfile import SeveralCurrencies, audit_file
from billing.payments.journal import journal as journal_of
from billing.payments.journal import sums_of, totals
from billing.queries.corrections import numbers_corrected
from catalog.money import Currency
from customers import clock
from customers.models import Duty
from customers.snapshots import snapshot
from portal.access import staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms_runs import RunForm, this_month
from portal.pages.presenters.products import product_names
from portal.responses.downloads import download
from portal.responses.tables import csv_lines
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from billing.documents.queries import StatedVat
    from billing.payments.journal import Journal, JournalEntry
    from catalog.models import Seller
    from subscriptions.periods import Month

ENTRIES_AT_ONCE = 500


@staff_view(Duty.BILLING)
@require_safe
def journal(request: HttpRequest) -> HttpResponseBase:
    if "month" not in request.GET:
        form = RunForm(initial={"month": str(this_month(clock.now()).previous)})
        return render(request, "backoffice/journal.html", {"form": form})
    form = RunForm(request.GET)
    if not form.is_valid():
        return form_page(request, "backoffice/journal.html", form, {})
    seller, month = form.cleaned_data["seller"], form.cleaned_data["month"]
    if (ending := request.GET.get("format")) in FORMATS:
        try:
            return _as_file(seller, month, ending, only=request.GET.get("currency", ""))
        except SeveralCurrencies as refusal:
            messages.error(request, str(refusal))
    found = journal_of(seller, month)
    per_account = totals(found.sums)
    context = {
        "seller": found.seller,
        "month": found.month,
        "documents": found.documents,
        "totals": per_account,
        "sums": sums_of(per_account),
        "product_names": product_names(),
        "invoices_url": reverse(
            "backoffice:invoices", query={"seller": seller.code, "month": str(month)}
        ),
        "currencies": found.currencies,
    }
    return form_page(request, "backoffice/journal.html", form, context)


def journal_as_csv(found: Journal) -> Iterator[bytes]:
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
        _("VAT number"),
        _("Kind"),
        _("Due date"),
        _("Corrects"),
        _("Exchange rate"),
        _("VAT in the seller's currency"),
    ]
    kinds = dict(Invoice.Kind.choices)
    cells = (
        [
            entry.entered_on.isoformat(),
            entry.number,
            line.account.number,
            line.account.name,
            entry.customer.number,
            entry.customer.name,
            line.vat_category,
            line.vat_rate,
            entry.currency,
            line.debit or None,
            line.credit or None,
            entry.customer.vat_number,
            kinds[entry.kind],
            entry.due_on.isoformat() if entry.kind == Invoice.Kind.INVOICE else None,
            corrected,
            stated and stated.exchange_rate,
            stated and line.vat_row and stated.amounts.get(line.vat_row),
        ]
        for entry, corrected, stated in _with_what_is_said_elsewhere(found)
        for line in entry.lines
    )
    return csv_lines(header, cells)


def _with_what_is_said_elsewhere(
    found: Journal,
) -> Iterator[tuple[JournalEntry, str | None, StatedVat | None]]:
    """Each with the numbers it corrects, and its VAT in the seller's currency where its documents
    state it. Both are asked for together, of those that may have any.
    """
    for batch in batched(found.entries(), ENTRIES_AT_ONCE):
        # Which one staff credit by hand is said; what else is credited follows from its lines.
        by_lines = {
            entry.invoice_id
            for entry in batch
            if entry.kind == Invoice.Kind.CREDIT_NOTE and entry.origin != Invoice.Origin.CORRECTION
        }
        numbers = numbers_corrected(by_lines) if by_lines else {}
        others = {e.invoice_id for e in batch if e.currency != found.seller.currency}
        stated = stated_vat(others) if others else {}
        for entry in batch:
            corrected = ", ".join(numbers.get(entry.invoice_id, ())) or entry.corrects
            yield entry, corrected, stated.get(entry.invoice_id)


def journal_as_audit_file(found: Journal) -> Iterator[bytes]:
    """Raises SeveralCurrencies, before the first piece."""
    made_on = local_day(clock.now(), found.seller.zone)
    return (piece.encode() for piece in audit_file(found, made_on=made_on))


# How it is written, by the ending of the file, and as what it is sent.
FORMATS = {
    "csv": (journal_as_csv, "text/csv; charset=utf-8"),
    "xaf": (journal_as_audit_file, "application/xml"),
}


def name_of(found: Journal, ending: str) -> str:
    """Of its file."""
    parts = ("journal", found.seller.code, str(found.month), found.only)
    return f"{'-'.join(filter(None, parts))}.{ending}"


def _as_file(seller: Seller, month: Month, ending: str, *, only: str) -> HttpResponseBase:
    written, content_type = FORMATS[ending]
    with snapshot():
        found = journal_of(seller, month, only=only if only in Currency else "")
        return download(name_of(found, ending), content_type, written(found))
