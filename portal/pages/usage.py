"""What the organisation's tenants use: per meter, application, tenant and day, with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.queries.usage import usage_of
from customers import clock
from portal.access import Permission, organisation_view
from portal.pages.csv_export import csv_response
from portal.pages.forms_usage import UsageFilter
from portal.pages.presenters import usage as words
from portal.pages.presenters.subscriptions import language

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from portal.access import Seat


@organisation_view(Permission.VIEW_INVOICES)
@require_safe
def usage(request: HttpRequest, seat: Seat) -> HttpResponse:
    month = UsageFilter.month_in(request.GET)
    found = usage_of(seat.organisation, month, at=clock.now(), language=language())
    chosen = UsageFilter(request.GET, found=found)
    days = chosen.choose(found.days)
    if request.GET.get("format") == "csv":
        return csv_response(_("usage"), words.CSV_HEADER, words.csv_rows(days))
    context = {
        "seat": seat,
        "filter": chosen,
        "found": found,
        "rows": words.rows(days),
        "charts": words.charts(days, found.month),
        "is_example": any(place.is_example for place in found.places),
    }
    return render(request, "pages/usage/usage.html", context)
