"""Who is held or failed in a run: to look up, to try again, to review, to explain."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing import queries as billing
from billing.causes import words_of_cause
from billing.operations import approvals, holds
from billing.operations import runs as operations
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from customers.snapshots import in_batches
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.drafted import drafted_for
from portal.backoffice.forms_runs import ExplanationForm, ItemFilter, ReviewForm
from portal.backoffice.waking import wake_for_run
from portal.pages.presenters.subscriptions import money
from portal.responses.forms import done, read_or_submit, refusals_told_at, refused
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.models import RunItem
    from billing.queries import ItemShown

COLUMNS: tuple[Column[ItemShown], ...] = (
    (gettext_lazy("Customer number"), lambda shown: shown.item.organisation.customer_number),
    (gettext_lazy("Customer"), lambda shown: shown.item.organisation.name),
    (gettext_lazy("Outcome"), lambda shown: shown.item.get_outcome_display()),
    (gettext_lazy("Because"), lambda shown: shown.why),
    (gettext_lazy("Attempts"), lambda shown: shown.item.attempts),
    (gettext_lazy("Explanation"), lambda shown: shown.item.explanation),
)


@staff_view()
@require_safe
def run_items(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """All of a run who are held or failed, or those of one cause."""
    found = get_object_or_404(billing.every_run(), pk=run_id)
    form = ItemFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    cause = wanted.get("cause", "")
    items = billing.attention_of(found, text=wanted.get("q", ""), cause=cause)
    if request.GET.get("format") == "csv":
        name = f"attention-{found.seller.code}-{found.month:%Y-%m}"
        return table(name, COLUMNS, in_batches(items, partial(billing.items_shown, said=money)))
    page = page_of(request, items)
    context = {
        "run": found,
        "form": form,
        "because": words_of_cause(cause) if cause else "",
        "page": page,
        "items": billing.items_shown(page.object_list, said=money),
        "is_searched": bool(wanted.get("q")),
        "is_filtered": any(wanted.values()),
    }
    return render(request, "backoffice/run_items.html", context)


@staff_view()
@require_safe
def run_item(request: HttpRequest, run_id: int, item_id: int) -> HttpResponse:
    item = get_object_or_404(billing.items_of(run_id), pk=item_id)
    return _item_page(request, item)


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:run", "run_id")
def retry_one(request: HttpRequest, run_id: int, item_id: int) -> HttpResponse:
    item = get_object_or_404(billing.items_of(run_id), pk=item_id)
    operations.retry(item, by=person_of(request), at=clock.now())
    wake_for_run(run_id)
    sentence = _("%(customer)s is tried again.") % {"customer": item.organisation}
    return done(request, sentence, "backoffice:run", run_id)


@staff_view(Duty.BILLING)
@read_or_submit
def review_item(request: HttpRequest, run_id: int, item_id: int) -> HttpResponse:
    """Reviewed, issue it: the bound that holds the customer lets go what the page showed."""
    item = get_object_or_404(billing.items_of(run_id), pk=item_id)
    form = ReviewForm(request.POST or None)
    if not form.is_valid():
        return _item_page(request, item, review=form)
    try:
        holds.review(item, **form.cleaned_data, by=person_of(request), at=clock.now())
    except holds.OutcomeChanged as refusal:
        return refused(request, refusal, "backoffice:run_item", run_id, item_id)
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:run", run_id)
    wake_for_run(run_id)
    sentence = _("%(customer)s is reviewed, and tried again.") % {"customer": item.organisation}
    return done(request, sentence, "backoffice:run", run_id)


@staff_view(Duty.BILLING)
@read_or_submit
@refusals_told_at("backoffice:run", "run_id")
def explain_item(request: HttpRequest, run_id: int, item_id: int) -> HttpResponse:
    item = get_object_or_404(billing.items_of(run_id), pk=item_id)
    form = ExplanationForm(request.POST or None)
    if not form.is_valid():
        return _item_page(request, item, explain=form)
    approvals.explain(item, form.cleaned_data["explanation"], by=person_of(request), at=clock.now())
    sentence = _("%(customer)s is explained.") % {"customer": item.organisation}
    return done(request, sentence, "backoffice:run", run_id)


def _item_page(
    request: HttpRequest,
    item: RunItem,
    *,
    review: Form | None = None,
    explain: Form | None = None,
) -> HttpResponse:
    (shown,) = billing.items_shown([item], said=money)
    context = {
        "run": item.run,
        "item": item,
        "shown": shown,
        "reviews": billing.reviews_of(item),
        "needs_attention": item.outcome in ("held", "failed"),
        "drafted": drafted_for(item) if _may_be_issued(item) else None,
        "form": explain or ExplanationForm(initial={"explanation": item.explanation}),
        "review_form": review
        or ReviewForm(initial={"confirmed": shown.finding}, auto_id="review_%s"),
        "not_mine": whose_task(request, Duty.BILLING),
    }
    status = 422 if request.method == "POST" else 200  # nothing else comes here by POST
    return render(request, "backoffice/run_item.html", context, status=status)


def _may_be_issued(item: RunItem) -> bool:
    return item.outcome in ("held", "failed", "pending") and not item.run.closed_at
