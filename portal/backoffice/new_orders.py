"""Ordering for a customer who asks: its own pages, and beside the price who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog import queries as catalog
from customers import clock, queries
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.order_words import for_sale
from portal.backoffice.subscriptions import SERVES
from portal.pages import subscribe as pages
from portal.pages.catalogue import having
from portal.pages.desks import Desk
from portal.pages.presenters.subscriptions import language
from portal.responses.forms import read_or_submit
from subscriptions import queries as subscriptions
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_view()
@require_safe
def new_order(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """What there is for sale, what of it this customer has, and why it cannot have the rest."""
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    at = clock.now()
    day = local_day(at, subscriptions.zone_of(organisation))
    entries = catalog.catalogue_page(language(), currency=organisation.currency, on=day)
    offers = [subscriptions.offer(organisation, entry.code, at=at) for entry in entries]
    context = {
        "organisation": organisation,
        "rows": for_sale(entries, offers, having(organisation, at)),
        "not_mine": whose_task(request, SERVES),
    }
    return render(request, "backoffice/new_order.html", context)


@staff_view()
@require_safe
def subscribe(request: HttpRequest, organisation_id: int, product_code: str) -> HttpResponse:
    desk = _desk_or_404(request, organisation_id)
    return pages.choosing(request, desk, product_code, clock.now())


@staff_view(SERVES)
@read_or_submit
def subscribe_review(request: HttpRequest, organisation_id: int, product_code: str) -> HttpResponse:
    """The price and the first invoice before the click, as the customer reads them."""
    desk = _desk_or_404(request, organisation_id)
    return pages.reviewing(request, desk, product_code, clock.now())


def _desk_or_404(request: HttpRequest, organisation_id: int) -> Desk:
    found = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    return Desk(found, person_of(request))
