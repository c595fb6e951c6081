"""What the organisation's tenants use: per meter, application, tenant and day, with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.queries.coming_prices import coming_prices_for
from billing.queries.days_of_use import days_of_use, sums_of_use, used_per_day
from billing.queries.names_of_use import names_of_use
from billing.queries.received import received_in
from billing.queries.usage import usage_of
from customers import clock
from portal.access import Permission, organisation_view
from portal.pages.forms_usage import UsageFilter
from portal.pages.presenters import usage as words
from portal.pages.presenters.refused_use import received_shown
from portal.pages.presenters.subscriptions import language
from portal.pages.presenters.usage_chart import charts
from portal.responses.lists import ROWS_OF_SEVERAL, page_of
from portal.responses.tables import csv_response
from subscriptions.applications.version_queries import own_applications

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from billing.queries.days_of_use import Asked, DayOfUse
    from portal.access import Seat


@organisation_view(Permission.VIEW_USAGE)
@require_safe
def usage(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    """Days of everything are read for the CSV alone: those of five hundred tenants are a hundred
    thousand. Which application used what on which day is asked for by the address.

    What it costs is shown to who may view invoices.
    """
    at = clock.now()
    names = names_of_use(seat.organisation)
    month = UsageFilter.month_in(request.GET)
    found = usage_of(seat.organisation, month, at=at, language=language())
    chosen = UsageFilter(request.GET, found=found, names=names)
    asked = chosen.asked
    if request.GET.get("format") == "csv" and not chosen.is_mistaken:
        return csv_response(_("usage"), words.CSV_HEADER, words.csv_rows(days_of_use(asked), names))
    places = words.places(found.places, asked)
    page = page_of(request, sums_of_use(asked), of=ROWS_OF_SEVERAL)
    days = page_of(request, _days(asked), "days", of=ROWS_OF_SEVERAL)
    context = {
        "seat": seat,
        "sees_cost": seat.may(Permission.VIEW_INVOICES),
        "filter": chosen,
        "asked": asked,
        "found": found,
        "places": page_of(request, places, "places", of=ROWS_OF_SEVERAL),
        "coming": [
            (each, each.service_in(language()), each.rates_in(language()))
            for each in coming_prices_for(seat.organisation, at=at)
        ],
        "page": page,
        "rows": words.rows(page.object_list, names, asked),
        "days": days,
        "day_rows": words.day_rows(days.object_list, names),
        "received": received_shown(received_in(asked, now=found.now)),
        "charts": charts(used_per_day(asked.whole_month), asked),
        "builds": own_applications(seat.organisation).exists(),
        "is_example": any(place.is_example for place in places),
    }
    status = 400 if chosen.is_mistaken else 200
    return render(request, "pages/usage/usage.html", context, status=status)


def _days(asked: Asked) -> Sequence[DayOfUse]:
    """Of something narrower than all that was used in the month, and longer than a day."""
    several = asked.is_narrow and not asked.day
    return days_of_use(asked) if several else []
