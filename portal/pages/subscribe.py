"""Ordering in three steps: where and how many, what it costs exactly, done."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from billing.queries import order_preview
from billing.queries.coming_prices import coming_prices
from catalog.queries import NotForSale, measured, price_after
from catalog.supplements import supplement_of
from customers import clock
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.pages.desks import Desk
from portal.pages.forms_asked import asked_of
from portal.pages.forms_subscriptions import OrderForm
from portal.pages.forms_terms import acceptance_of
from portal.pages.presenters import catalogue
from portal.pages.presenters import subscribe as words
from portal.pages.presenters.subscriptions import language
from portal.pages.subscriptions import held_or_404
from portal.responses.forms import read_or_submit
from subscriptions import queries
from subscriptions.operations import orders
from subscriptions.operations.orders import NotEligible, OfferChanged
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from portal.pages.forms_asked import AskedForm
    from subscriptions.models import Subscription
    from subscriptions.queries import Offer

# Who clicks twice sees what the first click did, not that somebody was quicker.
SAME_CLICK = dt.timedelta(minutes=10)


@organisation_view(Permission.ORDER)
@require_safe
def choose(request: HttpRequest, seat: Seat, product_code: str) -> HttpResponse:
    return choosing(request, Desk.of(seat), product_code, clock.now())


@organisation_view(Permission.ORDER)
@read_or_submit
def review(request: HttpRequest, seat: Seat, product_code: str) -> HttpResponse:
    return reviewing(request, Desk.of(seat), product_code, clock.now())


@organisation_view(Permission.VIEW)
@require_safe
def done(request: HttpRequest, seat: Seat, product_code: str, subscription_id: int) -> HttpResponse:
    at = clock.now()
    held = held_or_404(seat, subscription_id, at)
    if held.subscription.product.code != product_code:
        raise Http404
    if held.status not in words.DONE:  # read again, after somebody rejected or ended it
        return redirect("pages:subscription_detail", seat.organisation.pk, subscription_id)
    zone = queries.zone_of(seat.organisation)
    context = {"seat": seat, "held": held, "zone": zone, "page": words.done(held, zone)}
    return render(request, "pages/subscribe/done.html", context)


def choosing(request: HttpRequest, desk: Desk, product_code: str, at: dt.datetime) -> HttpResponse:
    """Where it can be had and where not, and how many users where they are counted."""
    offer = _offer_or_404(desk, product_code, at)
    return _choice(request, desk, offer, OrderForm(offer=offer, initial=request.GET.dict()))


def reviewing(request: HttpRequest, desk: Desk, product_code: str, at: dt.datetime) -> HttpResponse:
    """Exact amounts and dates before the click; the click is the POST."""
    offer = _offer_or_404(desk, product_code, at)
    form = OrderForm(request.POST if request.method == "POST" else request.GET, offer=offer)
    if request.method == "POST":
        before = _ordered_just_now(desk, offer, request.POST.get("tenant", ""), at)
        if before:
            return desk.to_ordered(request, before)
        return _order(request, desk, offer, form, at)
    if not form.is_valid():
        return _choice(request, desk, offer, form, status=422)
    return _review(request, desk, offer, form, _order_form(request, desk, offer, at), at)


def _order(
    request: HttpRequest, desk: Desk, offer: Offer, form: OrderForm, at: dt.datetime
) -> HttpResponse:
    if not form.is_valid():
        return _choice(request, desk, offer, form, status=409)
    asked = _order_form(request, desk, offer, at)
    if not asked.is_valid():
        return _review(request, desk, offer, form, asked, at, status=422)
    try:
        subscription = orders.subscribe(
            desk.organisation,
            product_code=offer.version.product.code,
            tenant=form.tenant,
            quantities=form.quantities,
            agreed_price=_number(request.POST.get("price", "")),
            acceptance=acceptance_of(asked),
            asked=asked_of(asked),
            by=desk.person,
            at=at,
        )
    except OfferChanged as changed:
        return _review(request, desk, offer, form, asked, at, changed=changed, status=409)
    except NotEligible as refusal:
        now = _offer_or_404(desk, offer.version.product.code, at)
        form.add_error(None, words.not_eligible(refusal, for_caller=desk.seat is None))
        return _choice(request, desk, now, form, status=409)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _choice(request, desk, offer, form, status=409)
    return desk.to_ordered(request, subscription)


def _choice(
    request: HttpRequest, desk: Desk, offer: Offer, form: OrderForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "seat": desk.seat,
        "offer": offer,
        "form": form,
        "organisation": desk.organisation,
        "page": words.choice(offer),
        "obstructed": _obstructed(desk, offer),
        "review_url": desk.address("subscribe_review", offer.version.product.code),
        "can_order": offer.price is not None and any(p.can_order for p in offer.places),
    }
    return render(request, desk.template("subscribe/choose"), context, status=status)


def _obstructed(desk: Desk, offer: Offer) -> list[tuple[words.Obstructed, str]]:
    """Each place with the address of what is there already."""
    return [
        (
            place,
            desk.address("subscription_detail", place.subscription_id)
            if place.subscription_id
            else "",
        )
        for place in words.obstructed(offer, None if desk.seat else desk.organisation)
    ]


def _review(
    request: HttpRequest,
    desk: Desk,
    offer: Offer,
    form: OrderForm,
    asked: AskedForm,
    at: dt.datetime,
    *,
    changed: OfferChanged | None = None,
    status: int = 200,
) -> HttpResponse:
    """Everything that the click does; `changed` when it was another price a moment ago."""
    if offer.price is None:
        return _choice(request, desk, offer, form, status=409)
    gains = queries.gains(offer.version, form.tenant, at)
    context = {
        "seat": desk.seat,
        "organisation": desk.organisation,
        "offer": offer,
        "asked": asked,
        "changed": changed,
        "page": words.review(
            offer, form.tenant, gains, desk.organisation.name, for_caller=desk.seat is None
        ),
        "cost": words.cost(
            order_preview(
                desk.organisation,
                version=offer.version,
                price=offer.price,
                quantities=form.quantities,
                starts_at=at,
                tenant=form.tenant,
            )
        ),
        "coming": words.coming_price(
            price_after(offer.version.product, offer.price.currency, local_day(at, offer.zone)),
            form.quantities,
        ),
        "coming_use": catalogue.coming(
            coming_prices(offer.price.currency, after=local_day(at, offer.zone)),
            offer.version,
            form.tenant,
        ),
        "measured": catalogue.measured(
            measured(
                offer.version,
                language(),
                currency=offer.price.currency,
                on=local_day(at, offer.zone),
            ),
            form.tenant,
        ),
        "hidden": form.as_parameters | {"price": str(offer.price.pk)},
        "back_url": _choose_address(desk, offer, form),
    }
    return render(request, desk.template("subscribe/review"), context, status=status)


def _order_form(request: HttpRequest, desk: Desk, offer: Offer, at: dt.datetime) -> AskedForm:
    return desk.asked_form(request, at, supplement_of(offer.version, language()))


def _offer_or_404(desk: Desk, product_code: str, at: dt.datetime) -> Offer:
    try:
        return queries.offer(desk.organisation, product_code, at=at)
    except NotForSale:
        raise Http404 from None


def _ordered_just_now(
    desk: Desk, offer: Offer, tenant_id: str, at: dt.datetime
) -> Subscription | None:
    """The order that this person's first click made, when this is their second."""
    tenants = {str(place.tenant.pk): place.tenant for place in offer.places if place.tenant}
    tenant = tenants.get(tenant_id)
    if tenant is None and not offer.for_organisation:
        return None
    found = queries.live_at_place(desk.organisation, offer.version.product.code, tenant, at=at)
    if found is None or found.ordered_by_id != desk.person.pk:
        return None
    return found if at - found.requested_at <= SAME_CLICK else None


def _choose_address(desk: Desk, offer: Offer, form: OrderForm) -> str:
    address = desk.address("subscribe", offer.version.product.code)
    return f"{address}?{urlencode(form.as_parameters)}"


def _number(text: str) -> int:
    """0 is no price's id: an order without one is shown the price once more."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0
