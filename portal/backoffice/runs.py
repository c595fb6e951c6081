"""The monthly billing runs: start, approve, watch, try again, close.

A page only writes the run and wakes a worker; the run goes on whether anybody watches or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing import queries as billing
from billing.causes import words_of_cause
from billing.operations import approvals
from billing.operations import runs as operations
from billing.policies import policy_of
from catalog import queries as catalog
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from customers.snapshots import in_batches
from portal.access import asks_who_it_is, person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms_runs import ExplanationForm, RunForm, this_month
from portal.backoffice.invoices import invoices_as_csv
from portal.backoffice.waking import wake_for_run
from portal.formatting import month_text
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.queries import RunRow

COLUMNS: tuple[Column[RunRow], ...] = (
    (gettext_lazy("Seller"), lambda row: row.seller),
    (gettext_lazy("Month"), lambda row: f"{row.month:%Y-%m}"),
    (gettext_lazy("Invoiced"), lambda row: row.progress.invoiced),
    (gettext_lazy("Nothing due"), lambda row: row.progress.nothing_due),
    (gettext_lazy("Held"), lambda row: row.progress.held),
    (gettext_lazy("Failed"), lambda row: row.progress.failed),
    (gettext_lazy("Waiting"), lambda row: row.progress.pending),
    (gettext_lazy("Finished"), lambda row: row.run.finished_at),
    (gettext_lazy("Closed"), lambda row: row.run.closed_at),
)


@staff_view()
@require_safe
def runs(request: HttpRequest) -> HttpResponseBase:
    every_run = billing.every_run()
    if request.GET.get("format") == "csv":
        return table("runs", COLUMNS, in_batches(every_run, billing.run_rows))
    page, sellers = page_of(request, every_run), catalog.sellers()
    context = {
        "page": page,
        "runs": billing.run_rows(page.object_list),
        "form": _empty_form(),
        "sellers": sellers,
        "not_mine": whose_task(request, Duty.BILLING),
        "examples": [
            each for each in sellers.serving_anybody() if operations.is_only_example(each)
        ],
    }
    return render(request, "backoffice/runs.html", context)


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
        wake_for_run(run.pk)
        return redirect("backoffice:run", run.pk)
    return redirect(_preview_url(seller.code, str(month)))


@staff_view()
@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponseBase:
    found = get_object_or_404(billing.every_run(), pk=run_id)
    detail = billing.run_detail(found)
    if request.GET.get("format") == "csv":
        return invoices_as_csv(detail.invoices, f"run-{found.seller.code}-{found.month:%Y-%m}")
    page = page_of(request, detail.invoices.with_credited())
    unexplained = sum(group.unexplained for group in detail.causes)
    context = {
        "run": found,
        "unexplained": unexplained,
        "may_close": found.finished_at and not unexplained,
        "preview_url": _preview_url(found.seller.code, f"{found.month:%Y-%m}"),
        "detail": detail,
        "progress": detail.progress,
        "policy": policy_of(found.seller),
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
@asks_who_it_is
@require_POST
@refusals_told_at("backoffice:run", "run_id")
def approve_run(request: HttpRequest, run_id: int) -> HttpResponse:
    found = get_object_or_404(billing.every_run(), pk=run_id)
    approvals.approve(found, by=person_of(request), at=clock.now())
    wake_for_run(run_id)
    sentence = _("The run is approved, and goes. You may leave the page meanwhile.")
    return done(request, sentence, "backoffice:run", run_id)


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:run", "run_id")
def retry_all(request: HttpRequest, run_id: int) -> HttpResponse:
    """All who are held or failed, or all with the same cause."""
    found = get_object_or_404(billing.every_run(), pk=run_id)
    cause = request.POST.get("cause", "")
    count = operations.retry(found, by=person_of(request), at=clock.now(), cause=cause)
    wake_for_run(run_id)
    sentence = ngettext(
        "%(count)s customer is tried again.", "%(count)s customers are tried again.", count
    ) % {"count": count}
    return done(request, sentence, "backoffice:run", run_id)


@staff_view(Duty.BILLING)
@read_or_submit
@refusals_told_at("backoffice:run", "run_id")
def explain_cause(request: HttpRequest, run_id: int) -> HttpResponse:
    """Why it is in order that all with the same cause go with a later month."""
    found = get_object_or_404(billing.every_run(), pk=run_id)
    form = ExplanationForm(request.POST or None, initial={"cause": request.GET.get("cause", "")})
    if form.is_valid():
        count = approvals.explain(found, **form.cleaned_data, by=person_of(request), at=clock.now())
        sentence = ngettext(
            "%(count)s customer is explained.", "%(count)s customers are explained.", count
        ) % {"count": count}
        return done(request, sentence, "backoffice:run", run_id)
    context = {"run": found, "because": words_of_cause(str(form["cause"].value() or ""))}
    return form_page(request, "backoffice/explain_cause.html", form, context)


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:run", "run_id")
def close_run(request: HttpRequest, run_id: int) -> HttpResponse:
    found = get_object_or_404(billing.every_run(), pk=run_id)
    approvals.close(found, by=person_of(request), at=clock.now())
    return done(request, _("The run is closed."), "backoffice:run", run_id)


def _empty_form() -> RunForm:
    return RunForm(initial={"month": str(this_month(clock.now()))})


def _preview_url(seller: str, month: str) -> str:
    return reverse("backoffice:preview_month", query={"seller": seller, "month": month})


def _month_name(day: object) -> str:
    return month_text(day, get_language() or "en")  # type: ignore[arg-type]
