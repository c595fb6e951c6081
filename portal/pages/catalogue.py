from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import queries as catalog
from customers import clock
from customers.queries import tenants_of
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms import SearchForm
from portal.pages.presenters import catalogue as words
from portal.pages.presenters.advisor import ADVISED_PRODUCT, table
from portal.pages.presenters.products import product_names
from portal.pages.presenters.subscriptions import language
from subscriptions import queries as subscriptions
from subscriptions.licences import licences_of
from subscriptions.periods import local_day

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from customers.models import Organisation


@organisation_view(Permission.VIEW)
@require_safe
def catalogue(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Everything for sale in two groups, with what is there already and on which tenant."""
    organisation, at = seat.organisation, clock.now()
    zone = subscriptions.zone_of(organisation)
    entries = catalog.catalogue_page(
        language(), currency=organisation.currency, on=local_day(at, zone)
    )
    search = SearchForm(request.GET)
    context = {
        "seat": seat,
        "search": search,
        "groups": words.groups(words.tiles(entries, having(organisation, at), search.text)),
    }
    return render(request, "pages/catalogue/list.html", context)


def having(organisation: Organisation, at: dt.datetime) -> dict[str, tuple[words.Having, ...]]:
    """What it has already and on which tenant, by the product's code."""
    tenants = list(tenants_of(organisation))
    live = subscriptions.live_subscriptions(organisation, at=at)
    return words.having(
        subscriptions.held_all(live, at),
        tenants,
        licences_of(tenants, at),
        subscriptions.zone_of(organisation),
    )


@organisation_view(Permission.VIEW)
@require_safe
def product(request: HttpRequest, seat: Seat, product_code: str) -> HttpResponse:
    """What it is for, what is inside, what it costs, and where it can be had."""
    organisation, at = seat.organisation, clock.now()
    try:
        offer = subscriptions.offer(organisation, product_code, at=at)
        page = catalog.product_page(
            product_code,
            language(),
            currency=organisation.currency,
            on=local_day(at, offer.zone),
        )
    except catalog.NotForSale:
        raise Http404 from None
    names = product_names()
    spots = words.spots(seat, offer, names)
    context = {
        "seat": seat,
        "page": page,
        "tools": words.tools(page.inside),
        "facts": words.who_for(page, names),
        "price": words.price_table(page.price),
        "measured": words.measured(
            catalog.measured(
                offer.version,
                language(),
                currency=organisation.currency,
                on=local_day(at, offer.zone),
            )
        ),
        "next_price": words.price_table(page.next_price),
        "spots": spots,
        "can_order": any(spot.url for spot in spots),
        "link_groups": words.link_groups(page.links),
        "decision_table": table() if page.code == ADVISED_PRODUCT else None,
    }
    return render(request, "pages/catalogue/product.html", context)
