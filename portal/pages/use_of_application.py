"""What an application used, per tenant and day, for whoever built it: quantities, no amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.queries.days_of_use import days_of_use, sums_of_use, used_per_day
from billing.queries.use_of_application import AskedByMaker, asked_by_maker
from customers import clock
from portal.access import Permission, organisation_view
from portal.pages.forms_usage import MakersFilter
from portal.pages.presenters import usage as words
from portal.pages.presenters.usage_chart import charts
from portal.responses.lists import ROWS_OF_SEVERAL, page_of
from portal.responses.tables import csv_response
from subscriptions.applications.version_queries import own_applications
from subscriptions.periods import Month
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from billing.queries.days_of_use import DayOfUse
    from portal.access import Seat
    from subscriptions.applications.models import Application

MONTHS = 24


@organisation_view(Permission.VIEW_USAGE)
@require_safe
def application_usage(request: HttpRequest, seat: Seat, application_id: int) -> HttpResponseBase:
    """At whom it is let in is not for a consultant: not found, as on the application's own page."""
    if seat.via_partner is not None:
        raise Http404
    found = own_applications(seat.organisation)
    application: Application = get_object_or_404(found, pk=application_id)
    now = Month.at(clock.now(), zone_of(seat.organisation))
    month = MakersFilter.month_in(request.GET) or now
    chosen = MakersFilter(
        request.GET, of=asked_by_maker(application, month), months=_months(application, now)
    )
    asked = cast("AskedByMaker", chosen.asked)
    if request.GET.get("format") == "csv" and not chosen.is_mistaken:
        rows = words.makers_csv_rows(days_of_use(asked), asked)
        return csv_response(_("usage"), words.MAKERS_CSV_HEADER, rows)
    page = page_of(request, sums_of_use(asked), of=ROWS_OF_SEVERAL)
    days = page_of(request, _days(asked), "days", of=ROWS_OF_SEVERAL)
    context = {
        "seat": seat,
        "application": application,
        "filter": chosen,
        "asked": asked,
        "page": page,
        "rows": words.makers_rows(page.object_list, asked),
        "days": days,
        "day_rows": words.makers_rows(days.object_list, asked),
        "charts": charts(used_per_day(asked.whole_month), asked),
    }
    status = 400 if chosen.is_mistaken else 200
    return render(request, "pages/applications/usage.html", context, status=status)


def _days(asked: AskedByMaker) -> Sequence[DayOfUse]:
    """Of one day the sums say it all."""
    return [] if asked.day else days_of_use(asked)


def _months(application: Application, now: Month) -> Iterator[dt.date]:
    """Since there is the application, for as long as people look back."""
    month = now
    for _step in range(MONTHS):
        yield month.first_day
        if month <= Month.of(application.created_at.date()):
            return
        month = month.previous
