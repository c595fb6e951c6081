"""Documents of invoices that a rule holds, that could not be made, or that reached nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.documents import operations, peppol, queries
from billing.documents.causes import is_of_its_content, words_for
from billing.documents.tasks import make_documents, send_over_peppol
from customers import clock
from customers.models import Duty
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.responses.forms import done, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.documents.models import Rendering

COLUMNS: tuple[Column[Rendering], ...] = (
    (gettext_lazy("Number"), lambda each: each.invoice.number),
    (gettext_lazy("Customer"), lambda each: each.invoice.organisation.name),
    (gettext_lazy("Outcome"), lambda each: each.get_status_display()),
    (gettext_lazy("Because"), words_for),
    (gettext_lazy("Cause"), lambda each: each.cause),
    (gettext_lazy("Detail"), lambda each: each.detail),
    (gettext_lazy("Attempts"), lambda each: each.attempts),
)


@staff_view()
@require_safe
def documents(request: HttpRequest) -> HttpResponseBase:
    rows = queries.renderings_needing_attention()
    if request.GET.get("format") == "csv":
        return table("documents", COLUMNS, rows.iterator(ROWS_AT_ONCE))
    page = page_of(request, rows)
    context = {
        "page": page,
        "rows": [(each, words_for(each), _mended_at(each)) for each in page],
        "untold": page_of(request, queries.renderings_untold(), "untold"),
        "given_up": page_of(request, queries.transmissions_given_up(), "peppol"),
        "not_mine": whose_task(request, Duty.BILLING),
    }
    return render(request, "backoffice/documents.html", context)


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:documents")
def retry_documents(request: HttpRequest, rendering_id: int) -> HttpResponse:
    found = get_object_or_404(queries.every_rendering(), pk=rendering_id)
    operations.retry(found, by=person_of(request), at=clock.now())
    transaction.on_commit(make_documents.delay, robust=True)
    sentence = _("The documents of %(number)s are made anew in a moment.")
    return done(request, sentence % {"number": found.invoice.number}, "backoffice:documents")


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:documents")
def retry_all_documents(request: HttpRequest) -> HttpResponse:
    count = operations.retry_all(by=person_of(request), at=clock.now())
    transaction.on_commit(make_documents.delay, robust=True)
    sentence = _("Invoices whose documents are made anew in a moment: %(count)s.")
    return done(request, sentence % {"count": count}, "backoffice:documents")


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:documents")
def carry_again(request: HttpRequest, transmission_id: int) -> HttpResponse:
    found = get_object_or_404(queries.every_transmission(), pk=transmission_id)
    peppol.send_again(found, at=clock.now())
    transaction.on_commit(send_over_peppol.delay, robust=True)
    sentence = _("The e-invoice %(number)s is sent again in a moment.")
    number = found.document.rendering.invoice.number
    return done(request, sentence % {"number": number}, "backoffice:documents")


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:documents")
def carry_all_again(request: HttpRequest) -> HttpResponse:
    count = peppol.send_all_again(at=clock.now())
    transaction.on_commit(send_over_peppol.delay, robust=True)
    sentence = _("E-invoices that are sent again in a moment: %(count)s.")
    return done(request, sentence % {"count": count}, "backoffice:documents")


def _mended_at(rendering: Rendering) -> tuple[str, str] | None:
    """Where what holds it is put right, and what to do there; None where trying again does."""
    invoice = rendering.invoice
    if rendering.cause == operations.EXCHANGE_RATE_MISSING:
        pair, on = rendering.detail.split()
        wanted = urlencode({"pair": pair, "on": on})
        return f"{reverse('backoffice:exchange_rates')}?{wanted}", _("Enter the rate")
    if is_of_its_content(rendering):
        address = reverse("backoffice:change_billing_details", args=[invoice.organisation_id])
        return address, _("Correct the customer's details, then cancel and reissue the invoice")
    return None
