"""The monthly billing runs: preview, start, watch, try again.

A page only writes the run and wakes a worker; the run goes on whether anybody watches or not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing import queries as billing
from billing.operations import runs as operations
from billing.tasks import work_on_run
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import done, form_page, page_of, refused, whose_task
from portal.backoffice.forms import RunForm
from portal.backoffice.invoices import invoices_as_csv
from portal.backoffice.previews import PreviewRow, preview_rows, preview_totals
from portal.formatting import month_text
from portal.pages.csv_export import csv_response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from billing.queries import RunRow


@staff_view()
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    rows = billing.run_list()
    if request.GET.get("format") == "csv":
        return _runs_as_csv(rows)
    page = page_of(request, rows)
    context = {"page": page, "runs": page.object_list, "form": _empty_form()}
    return render(request, "backoffice/runs.html", context)


@staff_view()
@require_safe
def preview_month(request: HttpRequest) -> HttpResponse:
    """What a run of that month would make, from the function that makes it. Changes nothing."""
    form = RunForm(request.GET)
    if not form.is_valid():
        return form_page(request, "backoffice/preview.html", form, {})
    seller, month = form.cleaned_data["seller"], form.cleaned_data["month"]
    at = clock.now()
    try:
        rows = preview_rows(operations.preview_month(seller, month, at=at))
    except Refusal as refusal:
        form.add_error("month", str(refusal))
        return form_page(request, "backoffice/preview.html", form, {})
    if request.GET.get("format") == "csv":
        return _preview_as_csv(rows, f"preview-{seller.code}-{month}")
    context = {
        "seller": seller,
        "month": month,
        "rows": rows,
        "totals": preview_totals(rows),
        "attention": [row for row in rows if row.problem],
        "has_begun": month.starts_at(seller.zone) <= at,
        "not_mine": whose_task(request, Duty.BILLING),
    }
    return form_page(request, "backoffice/preview.html", form, context)


@staff_view(Duty.BILLING)
@require_POST
def start_run(request: HttpRequest) -> HttpResponse:
    """Write the run and wake a worker; a run that is there already is shown."""
    form = RunForm(request.POST)
    if not form.is_valid():
        return form_page(request, "backoffice/preview.html", form, {})
    seller, month = form.cleaned_data["seller"], form.cleaned_data["month"]
    try:
        run = operations.open_run(seller, month, by=person_of(request), at=clock.now())
    except operations.EarlierMonthsFirst as refusal:
        names = ", ".join(_month_name(each.first_day) for each in refusal.months)
        messages.error(request, f"{refusal} ({names})")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        _wake_worker(run.pk)
        return redirect("backoffice:run", run.pk)
    query = {"seller": seller.code, "month": str(month)}
    return redirect(reverse("backoffice:preview_month", query=query))


@staff_view()
@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    found = get_object_or_404(billing.every_run(), pk=run_id)
    detail = billing.run_detail(found)
    if request.GET.get("format") == "csv":
        return invoices_as_csv(detail.invoices, f"run-{found.seller.code}-{found.month:%Y-%m}")
    page = page_of(request, detail.invoices)
    context = {
        "run": found,
        "detail": detail,
        "progress": detail.progress,
        "page": page,
        "not_mine": whose_task(request, Duty.BILLING),
    }
    return render(request, "backoffice/run.html", context)


@staff_view()
@require_safe
def run_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of the page that changes while the run goes on, for the script that watches."""
    found = get_object_or_404(billing.every_run(), pk=run_id)
    context = {"run": found, "progress": billing.progress(found)}
    return render(request, "backoffice/_run_progress.html", context)


@staff_view(Duty.BILLING)
@require_POST
def retry_all(request: HttpRequest, run_id: int) -> HttpResponse:
    found = get_object_or_404(billing.every_run(), pk=run_id)
    try:
        count = operations.retry(found, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:run", run_id)
    _wake_worker(run_id)
    sentence = ngettext(
        "%(count)s customer is tried again.", "%(count)s customers are tried again.", count
    ) % {"count": count}
    return done(request, sentence, "backoffice:run", run_id)


@staff_view(Duty.BILLING)
@require_POST
def retry_one(request: HttpRequest, run_id: int, item_id: int) -> HttpResponse:
    item = get_object_or_404(billing.items_of(run_id), pk=item_id)
    try:
        operations.retry(item, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:run", run_id)
    _wake_worker(run_id)
    sentence = _("%(customer)s is tried again.") % {"customer": item.organisation}
    return done(request, sentence, "backoffice:run", run_id)


def _wake_worker(run_id: int) -> None:
    """The run is a row; without a broker the schedule finds it within a minute."""
    transaction.on_commit(partial(work_on_run.delay, run_id), robust=True)


def _empty_form() -> RunForm:
    return RunForm(initial={"month": f"{clock.now():%Y-%m}"})


def _month_name(day: object) -> str:
    return month_text(day, get_language() or "en")  # type: ignore[arg-type]


def _runs_as_csv(rows: Iterable[RunRow]) -> HttpResponse:
    header = [
        _("Seller"),
        _("Month"),
        _("Invoiced"),
        _("Nothing due"),
        _("Held"),
        _("Failed"),
        _("Waiting"),
        _("Finished"),
    ]
    cells = (
        [
            row.seller,
            f"{row.month:%Y-%m}",
            row.progress.invoiced,
            row.progress.nothing_due,
            row.progress.held,
            row.progress.failed,
            row.progress.pending,
            row.run.finished_at.isoformat() if row.run.finished_at else None,
        ]
        for row in rows
    )
    return csv_response("runs", header, cells)


def _preview_as_csv(rows: Iterable[PreviewRow], name: str) -> HttpResponse:
    header = [
        _("Customer number"),
        _("Customer"),
        _("Currency"),
        _("Net"),
        _("VAT"),
        _("Total"),
        _("Held or failed because"),
    ]
    cells = (
        [
            row.organisation.customer_number,
            row.organisation.name,
            amounts.net.currency,
            amounts.net.amount,
            amounts.vat.amount if amounts.vat else None,
            amounts.gross.amount if amounts.gross else None,
            row.problem,
        ]
        for row in rows
        for amounts in row.amounts
    )
    return csv_response(name, header, cells)
