"""What an organisation has: the list, one subscription, its users, taking an order back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.queries import next_invoice, next_invoice_with
from customers import clock
from customers.queries import history_about
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.pages.answers import read_or_submit
from portal.pages.csv_export import csv_response
from portal.pages.forms_subscriptions import QuantitiesForm, SubscriptionFilter
from portal.pages.presenters import applications, invoices, tenants, tools
from portal.pages.presenters import subscriptions as words
from portal.pages.presenters.history import timeline
from subscriptions import queries
from subscriptions.licences import term_of
from subscriptions.operations import orders
from subscriptions.plan_overlap import also_in_plan
from subscriptions.prices import full_month

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from subscriptions.queries import Held

ROWS_PER_PAGE = 50


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
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))
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
    suspension = queries.open_suspension(subscription)
    because = suspension.reason if suspension else ""
    context = {
        "seat": seat,
        "held": held,
        "subscription": subscription,
        "zone": zone,
        "product": words.product_name(subscription),
        "place": words.place_name(subscription),
        "badge": words.badge(held, zone),
        "status": words.status_sentence(held, zone, because),
        "lines": words.lines(held.positions),
        "capabilities": tools.given(
            subscription.product_version,
            subscription.tenant,
            subscription.product_version.capabilities,
        ),
        "also": also_in_plan(subscription),
        "sandbox": tenants.sandbox(subscription, is_live=held.is_live),
        "gives_access": term_of(subscription, subscription.suspensions.all()).gives_access(at),
        "applications": applications.rows(queries.applications_on(subscription, at), zone, seat),
        "actions": words.actions(held, seat.permissions),
        "can_end_now": subscription.product_version.policy.cancel_now,
        "next_charge": _next_charge(seat, held, at),
        "price_change": words.price_change(held, at, zone),
        "again": words.again(queries.had_again(subscription, at), subscription, zone)
        if seat.may(Permission.ORDER)
        else None,
        "timeline": timeline(history_about(subscription), zone),
    }
    return render(request, "pages/subscriptions/detail.html", context)


@organisation_view(Permission.ORDER)
@read_or_submit
def quantities(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    """First what another number of users costs (a GET with numbers), then the change (a POST)."""
    at = clock.now()
    held = held_or_404(seat, subscription_id, at)
    subscription = held.subscription
    if not held.is_counted:
        raise Http404
    have = orders.quantities_at(subscription, at)
    asked = request.POST if request.method == "POST" else (request.GET or None)
    form = QuantitiesForm(asked, price=held.priced.price, held=have)
    status = 200
    if form.is_bound and not form.is_valid():
        status = 422
    elif request.method == "POST":
        try:
            orders.change_quantities(
                subscription,
                quantities=form.quantities,
                seen=request.POST.get("seen", ""),
                by=seat.person,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("The number of users is changed, from now on."))
            return to_detail(seat, subscription_id)
    context = {
        "seat": seat,
        "held": held,
        "product": words.product_name(subscription),
        "lead": words.place_name(subscription),
        "form": form,
        "hidden": form.as_parameters if form.is_valid() else {},
        "seen": orders.state_of_quantities(subscription, at),
    } | _costs(held, have, form, at)
    return render(request, "pages/subscriptions/quantities.html", context, status=status)


@organisation_view(Permission.ORDER)
@require_POST
def withdraw(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    """Take an order back that nobody has confirmed yet."""
    at = clock.now()
    held = held_or_404(seat, subscription_id, at)
    try:
        orders.withdraw(held.subscription, by=seat.person, at=at)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The order is withdrawn. Nothing is charged."))
    return to_detail(seat, subscription_id)


def held_or_404(seat: Seat, subscription_id: int, at: dt.datetime) -> Held:
    """The organisation's own subscription, as it is at `at`."""
    mine = queries.subscriptions_of(seat.organisation)
    return queries.held(get_object_or_404(mine, pk=subscription_id), at)


def to_detail(seat: Seat, subscription_id: int) -> HttpResponse:
    return redirect("pages:subscription_detail", seat.organisation.pk, subscription_id)


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
    return costs | {
        "then": then,
        "then_lines": words.lines(then.positions),
        "is_same": then.positions == now.positions,
        "difference": words.difference(now.total, then.total),
        "next_charge": invoices.next_charge(
            next_invoice_with(subscription, form.quantities, at), subscription.pk
        ),
    }


def _next_charge(seat: Seat, held: Held, at: dt.datetime) -> invoices.NextCharge | None:
    """What the next invoice holds for it, as things are now."""
    if not held.subscription.starts_at:
        return None
    return invoices.next_charge(next_invoice(seat.organisation, at), held.subscription.pk)
