"""The webhooks of every customer and developer: which there are, and which do not get through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from customers.snapshots import in_batches
from portal.access import staff_view
from portal.backoffice.forms_webhooks import EndpointFilter
from portal.pages.presenters.webhooks import endpoint_rows
from portal.responses.lists import page_of
from portal.responses.tables import Column, table
from portal.webhooks.queries import endpoints_found, told_without_details

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from portal.pages.presenters.webhooks import EndpointRow


COLUMNS: tuple[Column[EndpointRow], ...] = (
    (gettext_lazy("Customer number"), lambda row: row.endpoint.organisation.customer_number),
    (gettext_lazy("Organisation"), lambda row: row.endpoint.organisation.name),
    (gettext_lazy("Endpoint"), lambda row: row.endpoint.address),
    (gettext_lazy("Description"), lambda row: row.endpoint.description),
    (gettext_lazy("State"), lambda row: row.state.text),
    (gettext_lazy("Why"), lambda row: row.why),
    (gettext_lazy("Failing since"), lambda row: row.endpoint.failing_since),
)


@staff_view()
@require_safe
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """The search is in the address, also for the CSV."""
    form = EndpointFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = endpoints_found(text=wanted.get("q", ""), state=wanted.get("state", ""))
    if request.GET.get("format") == "csv":
        return table("webhooks", COLUMNS, in_batches(found, endpoint_rows))
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "rows": endpoint_rows(page),
        "is_filtered": any(wanted.values()),
        "without_details": told_without_details(),
    }
    return render(request, "backoffice/webhooks.html", context)
