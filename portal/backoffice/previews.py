"""A month's preview: what a run would make, and how that differs from last month.

A worker makes it, from the function that makes the invoices, and keeps it; the page reads it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing import queries as billing
from billing.operations import previews, runs
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from customers.snapshots import in_batches
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms_runs import PreviewFilter, RunForm
from portal.backoffice.reasons import change_words, reason_words
from portal.backoffice.waking import wake_for_preview
from portal.pages.presenters.subscriptions import money
from portal.responses.forms import refused
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from decimal import Decimal

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.queries import PreviewShown
    from catalog.money import Money


def _amount(known: Money | None) -> Decimal | None:
    """Empty for what is not known, which nothing is not."""
    return None if known is None else known.amount


COLUMNS: tuple[Column[PreviewShown], ...] = (
    (gettext_lazy("Customer number"), lambda row: row.organisation.customer_number),
    (gettext_lazy("Customer"), lambda row: row.organisation.name),
    (gettext_lazy("Currency"), lambda row: row.currency),
    (gettext_lazy("Net"), lambda row: _amount(row.net)),
    (gettext_lazy("VAT"), lambda row: _amount(row.vat)),
    (gettext_lazy("Total"), lambda row: _amount(row.gross)),
    (gettext_lazy("Net last month"), lambda row: row.last_net.amount),
    (gettext_lazy("Difference"), lambda row: _amount(row.difference)),
    (gettext_lazy("Change"), lambda row: change_words(row.change)),
    (
        gettext_lazy("Reasons"),
        lambda row: "; ".join(reason_words(reason) for reason in row.reasons),
    ),
    (gettext_lazy("Held or failed because"), lambda row: row.problem),
)


@staff_view()
@require_safe
def preview_month(request: HttpRequest) -> HttpResponseBase:
    """The preview that was made last, if there is one; asking for it is a button."""
    form = RunForm(request.GET or None)  # nothing is wrong with who only opens it
    if not form.is_valid():
        return form_page(request, "backoffice/preview.html", form, {})
    seller, month = form.cleaned_data["seller"], form.cleaned_data["month"]
    try:
        runs.refuse_too_far(seller, month, clock.now())
    except Refusal as refusal:
        form.add_error("month", str(refusal))
        return form_page(request, "backoffice/preview.html", form, {})
    wanted = PreviewFilter(request.GET)
    chosen = wanted.cleaned_data if wanted.is_valid() else {}
    context = {
        "seller": seller,
        "month": month,
        "run": billing.run_of(seller, month),
        "has_begun": month.starts_at(seller.zone) <= clock.now(),
        "not_mine": whose_task(request, Duty.BILLING),
        "filter": wanted,
        "is_filtered": bool(chosen.get("q") or chosen.get("show")),
    }
    preview = billing.preview_of(seller, month)
    if preview:
        rows = billing.preview_rows(preview, text=chosen.get("q", ""), kind=chosen.get("show", ""))
        if request.GET.get("format") == "csv":
            name = f"preview-{seller.code}-{month}"
            return table(
                name, COLUMNS, in_batches(rows, partial(billing.preview_shown, said=money))
            )
        page = page_of(request, rows)
        totals = billing.preview_totals(preview)
        context |= {
            "preview": preview,
            "page": page,
            "rows": billing.preview_shown(page.object_list, said=money),
            "totals": totals,
            "held": sum(total.held for total in totals),
            "failed": sum(total.failed for total in totals),
        }
    return form_page(request, "backoffice/preview.html", form, context)


@staff_view(Duty.BILLING)
@require_POST
def ask_for_preview(request: HttpRequest) -> HttpResponse:
    """Write that a preview is wanted and wake a worker."""
    form = RunForm(request.POST)
    if not form.is_valid():
        return form_page(request, "backoffice/preview.html", form, {})
    seller, month = form.cleaned_data["seller"], form.cleaned_data["month"]
    query = {"seller": seller.code, "month": str(month)}
    back = reverse("backoffice:preview_month", query=query)
    try:
        preview = previews.ask(seller, month, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, back)
    wake_for_preview(preview.pk)
    return redirect(back)


@staff_view()
@require_safe
def preview_progress(request: HttpRequest, preview_id: int) -> HttpResponse:
    """The part of the page that changes while it is made, for the script that watches."""
    preview = get_object_or_404(billing.every_preview(), pk=preview_id)
    return render(request, "backoffice/_preview_progress.html", {"preview": preview})
