"""What was reported as used and refused: find it, and note that somebody has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.metering import refused_queries as metering
from billing.metering.operations import refused as refusals
from customers import clock
from customers.models import Duty
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_metering import LookedAtForm, RefusedFilter
from portal.pages.presenters.refused_use import because_text
from portal.responses.forms import done, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from billing.metering.models import RefusedUsage

ADDRESS = "backoffice:refused_usage"

# A row per day, sender, customer, month and reason.
COLUMNS: tuple[Column[RefusedUsage], ...] = (
    (gettext_lazy("Day"), lambda each: each.day),
    (gettext_lazy("Sender"), lambda each: each.sender),
    (gettext_lazy("Code"), lambda each: each.code),
    (
        gettext_lazy("Customer number"),
        lambda each: each.organisation.customer_number if each.organisation else "",
    ),
    (gettext_lazy("Customer"), lambda each: each.organisation.name if each.organisation else ""),
    (gettext_lazy("Tenant"), lambda each: each.tenant),
    (gettext_lazy("Month of use"), lambda each: f"{each.month:%Y-%m}" if each.month else ""),
    (gettext_lazy("Events"), lambda each: each.events),
    (gettext_lazy("First at"), lambda each: each.first_at),
    (gettext_lazy("Last at"), lambda each: each.last_at),
)


@staff_view()
@require_safe
def refused_usage(request: HttpRequest) -> HttpResponseBase:
    """The search is in the address, also for the CSV. What it cannot read finds nothing."""
    form = RefusedFilter(request.GET)
    is_read = form.is_valid()
    found = metering.refused_found(form.wanted) if is_read else metering.nothing_refused()
    if is_read and request.GET.get("format") == "csv":
        return table("refused-usage", COLUMNS, found.iterator(ROWS_AT_ONCE))
    page = page_of(request, found)
    waiting = metering.refused_to_look_at(clock.now())
    context = {
        "form": form,
        "page": page,
        "rows": [(each, because_text(each.code)) for each in page],
        "is_filtered": not is_read or any(form.cleaned_data.values()),
        "waiting": waiting.count(),
        "last": waiting.last(),
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return render(request, "backoffice/refused_usage.html", context)


@staff_view(Duty.OPERATIONS)
@require_POST
@refusals_told_at(ADDRESS)
def look_at_refused_usage(request: HttpRequest) -> HttpResponse:
    """Up to the day that the page named: what came later waits for who reads of it."""
    form = LookedAtForm(request.POST)
    if not form.is_valid():
        raise refusals.NothingToLookAt
    refusals.look_at(**form.cleaned_data, by=person_of(request), at=clock.now())
    return done(request, _("Noted: you have looked at it."), ADDRESS)
