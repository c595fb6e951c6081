"""What an organisation has: the list, one subscription, its users, taking an order back."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.queries import next_invoice, next_invoice_with
from catalog.queries import next_steps
from customers import clock
from customers.queries import history_about
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.pages.desks import Desk
from portal.pages.forms_asked import asked_of
from portal.pages.forms_subscriptions import QuantitiesForm, SubscriptionFilter
from portal.pages.presenters import applications, invoices, price_changes, tenants, tools
from portal.pages.presenters import subscriptions as words
from portal.pages.presenters.history import timeline
from portal.responses.forms import done, read_or_submit, told
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.responses.tables import csv_response
from subscriptions import queries
from subscriptions.licences import term_of
from subscriptions.operations import orders, quantity_changes, terms
from subscriptions.plan_overlap import also_in_plan, left_in_plan
from subscriptions.prices import full_month

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from customers.asked import Asked
    from portal.pages.forms_asked import AskedForm
    from subscriptions.models import Subscription
    from subscriptions.queries import Held

NEW_FOR = dt.timedelta(days=14)


@organisation_view(Permission.VIEW)
@require_safe
def subscription_list(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    organisation, at = seat.organisation, clock.now()
    chosen = SubscriptionFilter(
        request.GET,
        tenants=queries.tenants_for_filter(organisation),
        products=queries.products_had(organisation, words.language()),
    )
    wanted = chosen.cleaned_data if chosen.is_valid() else {}
    found = queries.subscription_list(
        organisation,
        at=at,
        status=wanted.get("status", ""),
        tenant_id=wanted.get("tenant"),
        product_code=wanted.get("product", ""),
    )
    zone = queries.zone_of(organisation)
    if request.GET.get("format") == "csv":
        every_row = (words.row(held, zone) for held in queries.held_of(found, at))
        return csv_response(_("subscriptions"), words.CSV_HEADER, words.csv_rows(every_row, zone))
    page = page_of(request, found, of=ROWS_OF_CUSTOMERS)
    context = {
        "seat": seat,
        "filter": chosen,
        "is_filtered": any(wanted.values()),
        "page": page,
        "rows": words.rows(queries.held_all(page.object_list, at), zone),
    }
    return render(request, "pages/subscriptions/list.html", context)


@organisation_view(Permission.VIEW)
@require_safe
def subscription_detail(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    at = clock.now()
    held = held_or_404(seat, subscription_id, at)
    subscription = held.subscription
    zone = queries.zone_of(seat.organisation)
    suspensions = list(subscription.suspensions.all())
    suspension = queries.open_suspension(suspensions)
    because = suspension.reason if suspension else ""
    gives_access = term_of(subscription, suspensions).gives_access(at)
    history = list(history_about(subscription))
    context = {
        "seat": seat,
        "held": held,
        "subscription": subscription,
        "zone": zone,
        "product": words.product_name(subscription),
        "place": words.place_name(subscription),
        "badge": words.badge(held, zone),
        "ordered_by": words.ordered_by(subscription, history),
        "status": words.status_sentence(held, zone, because, left_in_plan(subscription)),
        "lines": words.lines(held.positions),
        "capabilities": tools.given(
            subscription.product_version,
            subscription.tenant,
            subscription.product_version.capabilities,
        ),
        "also": also_in_plan(subscription),
        "sandbox": tenants.sandbox(subscription, is_live=held.is_live),
        "terms": terms.accepted_with(subscription),
        "gives_access": gives_access,
        "next_steps": next_steps(subscription.product, words.language())
        if gives_access and _is_new(held, at)
        else (),
        "applications": applications.rows(queries.applications_on(subscription, at), zone, seat),
        "actions": words.actions(held, seat.permissions),
        "can_end_now": subscription.product_version.policy.cancel_now,
        "next_charge": _next_charge(seat, held, at),
        "price_changes": price_changes.price_changes(held, at, zone),
        "again": words.again(queries.had_again(subscription, at), subscription, zone)
        if seat.may(Permission.ORDER)
        else None,
        "timeline": timeline(history, zone),
    }
    return render(request, "pages/subscriptions/detail.html", context)


@organisation_view(Permission.ORDER)
@read_or_submit
def quantities(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    at = clock.now()
    return changing_quantities(request, Desk.of(seat), held_or_404(seat, subscription_id, at), at)


@organisation_view(Permission.ORDER)
@require_POST
def withdraw(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    """Take an order back that nobody has confirmed yet."""
    at = clock.now()
    subscription = subscription_or_404(seat, subscription_id)
    return withdrawing_order(request, Desk.of(seat), subscription, None, at)


def changing_quantities(
    request: HttpRequest, desk: Desk, held: Held, at: dt.datetime
) -> HttpResponse:
    """First what another number of users costs (a GET with numbers), then the change (a POST)."""
    subscription = held.subscription
    if not held.is_counted:
        raise Http404
    have = orders.quantities_at(subscription, at)
    numbers = request.POST if request.method == "POST" else (request.GET or None)
    form = QuantitiesForm(numbers, price=held.priced.price, held=have)
    asked = desk.asked_form(request, at)
    status = 200
    if form.is_bound and not (form.is_valid() and (not asked.is_bound or asked.is_valid())):
        status = 422
    elif form.is_bound:
        try:
            if request.method == "POST":
                return _changed(request, desk, subscription, form, asked, at)
            _refuse_what_cannot_be(subscription, form, at)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = 409
    context = {
        "seat": desk.seat,
        "held": held,
        "product": words.product_name(subscription),
        "lead": words.place_name(subscription),
        "form": form,
        "asked": asked,
        "hidden": form.as_parameters if form.is_valid() else {},
        "seen": quantity_changes.state_of_quantities(subscription, at),
        "detail_url": desk.address("subscription_detail", subscription.pk),
    } | _costs(held, have, form, at)
    return render(request, desk.template("subscriptions/quantities"), context, status=status)


def withdrawing_order(
    request: HttpRequest,
    desk: Desk,
    subscription: Subscription,
    asked: Asked | None,
    at: dt.datetime,
) -> HttpResponse:
    def take_back() -> str:
        orders.withdraw(subscription, asked=asked, by=desk.person, at=at)
        return _("The order is withdrawn. Nothing is charged.")

    return told(request, take_back, desk.address("subscription_detail", subscription.pk))


def held_or_404(seat: Seat, subscription_id: int, at: dt.datetime) -> Held:
    """The organisation's own subscription, as it is at `at`."""
    return queries.held(subscription_or_404(seat, subscription_id), at)


def subscription_or_404(seat: Seat, subscription_id: int) -> Subscription:
    return get_object_or_404(queries.subscriptions_of(seat.organisation), pk=subscription_id)


def _changed(
    request: HttpRequest,
    desk: Desk,
    subscription: Subscription,
    form: QuantitiesForm,
    asked: AskedForm,
    at: dt.datetime,
) -> HttpResponse:
    quantity_changes.change(
        subscription,
        quantities=form.quantities,
        seen=request.POST.get("seen", ""),
        asked=asked_of(asked),
        by=desk.person,
        at=at,
    )
    sentence = _("The number of users is changed, from now on.")
    return done(request, sentence, desk.address("subscription_detail", subscription.pk))


def _refuse_what_cannot_be(
    subscription: Subscription, form: QuantitiesForm, at: dt.datetime
) -> None:
    """Before it costs anything; that nothing changes is said beside the price."""
    with suppress(quantity_changes.NothingChanged):
        quantity_changes.quantities_changed(subscription, form.quantities, at=at)


def _costs(
    held: Held, have: dict[str, int], form: QuantitiesForm, at: dt.datetime
) -> dict[str, object]:
    """What it costs now, and what the numbers in the form would, once they are numbers."""
    subscription, price = held.subscription, held.priced.price
    now = full_month(price, have)
    costs: dict[str, object] = {"now": now, "now_lines": words.lines(now.positions)}
    if not form.is_valid():
        return costs
    then = full_month(price, form.quantities)
    coming = invoices.next_charge(
        next_invoice_with(subscription, form.quantities, at), subscription.pk
    )
    return costs | {
        "then": then,
        "then_gross": coming.with_vat(then.total) if coming else None,
        "then_lines": words.lines(then.positions),
        "is_same": then.positions == now.positions,
        "difference": words.difference(now.total, then.total),
        "next_charge": coming,
    }


def _is_new(held: Held, at: dt.datetime) -> bool:
    """Whether its first steps are still ahead."""
    started = held.subscription.starts_at
    return bool(started and at < started + NEW_FOR and not held.is_ending)


def _next_charge(seat: Seat, held: Held, at: dt.datetime) -> invoices.NextCharge | None:
    """What the next invoice holds for it, as things are now."""
    if not held.subscription.starts_at:
        return None
    return invoices.next_charge(next_invoice(seat.organisation, at), held.subscription.pk)
