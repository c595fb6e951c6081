"""The webhooks of every customer and developer: which there are, and which do not get through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.snapshots import in_batches
from portal.access import staff_view
from portal.backoffice.forms_webhooks import EndpointFilter
from portal.pages.presenters.webhooks import endpoint_rows
from portal.responses.lists import page_of
from portal.responses.tables import csv_response
from portal.webhooks.queries import endpoints_found, told_without_details

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from portal.webhooks.querysets import EndpointQuerySet


@staff_view()
@require_safe
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """The search is in the address, also for the CSV."""
    form = EndpointFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = endpoints_found(text=wanted.get("q", ""), state=wanted.get("state", ""))
    if request.GET.get("format") == "csv":
        return _as_csv(found)
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "rows": endpoint_rows(page),
        "is_filtered": any(wanted.values()),
        "without_details": told_without_details(),
    }
    return render(request, "backoffice/webhooks.html", context)


def _as_csv(found: EndpointQuerySet) -> HttpResponseBase:
    header = [
        _("Customer number"),
        _("Organisation"),
        _("Endpoint"),
        _("Description"),
        _("State"),
        _("Why"),
        _("Failing since"),
    ]
    rows = (
        [
            row.endpoint.organisation.customer_number,
            row.endpoint.organisation.name,
            row.endpoint.address,
            row.endpoint.description,
            row.state.text,
            row.why,
            row.endpoint.failing_since.isoformat() if row.endpoint.failing_since else None,
        ]
        for row in in_batches(found, endpoint_rows)
    )
    return csv_response("webhooks", header, rows)
