from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers import queries as customers
from customers.snapshots import in_batches
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms import ActivityFilter
from portal.pages.presenters.history import (
    COLUMNS,
    history_items,
    kinds_for,
    readable,
)
from portal.pages.presenters.verbs import verbs_of
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.responses.tables import table
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from customers.querysets import HistoryQuerySet


@organisation_view(Permission.VIEW)
@require_safe
def activity(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    """What happened to the organisation and the seat may see, the newest first, narrowed by the
    address.
    """
    chosen = ActivityFilter(
        request.GET,
        tenants=customers.tenants_of(seat.organisation),
        people=customers.people_in_history_of(seat.organisation),
        kinds=kinds_for(seat.may),
    )
    history = readable(customers.history_of(seat.organisation), seat.may)
    entries = _narrowed(history, chosen)
    zone = zone_of(seat.organisation)
    if request.GET.get("format") == "csv":
        items = in_batches(entries, partial(history_items, zone=zone))
        return table("activity", COLUMNS, items)
    page = page_of(request, entries, of=ROWS_OF_CUSTOMERS)
    context = {
        "seat": seat,
        "filter": chosen,
        "is_filtered": any(chosen.wanted.values()),
        "page": page,
        "items": history_items(page, seat, zone),
    }
    return render(request, "pages/activity/list.html", context)


def _narrowed(entries: HistoryQuerySet, chosen: ActivityFilter) -> HistoryQuerySet:
    wanted = chosen.wanted
    if wanted["tenant"]:
        entries = entries.on(wanted["tenant"])
    if wanted["kind"]:
        entries = entries.telling(verbs_of(wanted["kind"]))
    if wanted["person"]:
        entries = entries.done_by(wanted["person"])
    return entries
