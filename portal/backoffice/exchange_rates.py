"""Exchange rates for the VAT that a seller states in its own currency as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.documents import exchange_rates as operations
from billing.documents import queries
from billing.documents.tasks import make_documents
from customers import clock
from customers.models import Duty
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice.forms_documents import ExchangeRateForm
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.documents.models import ExchangeRate

COLUMNS: tuple[Column[ExchangeRate], ...] = (
    (gettext_lazy("Day"), lambda each: each.on),
    (gettext_lazy("Currency"), lambda each: each.currency),
    (gettext_lazy("In currency"), lambda each: each.in_currency),
    (pgettext_lazy("of a currency", "Rate"), lambda each: each.rate),
    (gettext_lazy("Source"), lambda each: each.source),
    (gettext_lazy("Entered by"), lambda each: each.entered_by.name if each.entered_by else None),
)


@staff_view(Duty.BILLING)
@read_or_submit
def exchange_rates(request: HttpRequest) -> HttpResponseBase:
    """Enter one; those that were, the newest day first. What is entered stays."""
    found = queries.exchange_rates()
    if request.GET.get("format") == "csv":
        return table("exchange-rates", COLUMNS, found.iterator(ROWS_AT_ONCE))
    at = clock.now()
    form = ExchangeRateForm(
        request.POST or None,
        initial={"on": request.GET.get("on", at.date()), "pair": request.GET.get("pair", "")},
    )

    def enter() -> HttpResponse:
        operations.enter(**form.said, by=person_of(request), at=at)
        transaction.on_commit(make_documents.delay, robust=True)
        sentence = _("Entered. Documents that waited for it are made in a moment.")
        return done(request, sentence, "backoffice:exchange_rates")

    def context() -> dict[str, object]:
        return {"page": page_of(request, found)}

    return filled_in(request, "backoffice/exchange_rates.html", form, context, then=enter)
