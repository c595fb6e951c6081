"""Documents of invoices that a rule holds, that could not be made, or that nobody can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.documents import operations, queries
from billing.documents.tasks import make_documents
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice.answers import done, page_of, refused, whose_task
from portal.pages.csv_export import csv_response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.documents.models import Rendering


@staff_view()
@require_safe
def documents(request: HttpRequest) -> HttpResponseBase:
    rows = queries.renderings_needing_attention()
    if request.GET.get("format") == "csv":
        return _as_csv(rows.iterator(ROWS_AT_ONCE))
    context = {
        "page": page_of(request, rows),
        "untold": page_of(request, queries.renderings_untold(), "untold"),
        "not_mine": whose_task(request, Duty.BILLING),
    }
    return render(request, "backoffice/documents.html", context)


@staff_view(Duty.BILLING)
@require_POST
def retry_documents(request: HttpRequest, rendering_id: int) -> HttpResponse:
    found = get_object_or_404(queries.every_rendering(), pk=rendering_id)
    try:
        operations.retry(found, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:documents")
    transaction.on_commit(make_documents.delay, robust=True)
    sentence = _("The documents of %(number)s are made anew in a moment.")
    return done(request, sentence % {"number": found.invoice.number}, "backoffice:documents")


def _as_csv(renderings: Iterable[Rendering]) -> HttpResponseBase:
    header = [_("Number"), _("Customer"), _("Outcome"), _("Cause"), _("Detail"), _("Attempts")]
    rows = (
        [
            each.invoice.number,
            each.invoice.organisation.name,
            each.get_status_display(),
            each.cause,
            each.detail,
            each.attempts,
        ]
        for each in renderings
    )
    return csv_response("documents", header, rows)
