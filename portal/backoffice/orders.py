"""Orders that wait for the vendor's yes or no."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers import clock, queries
from customers.models import Duty
from customers.operations.tenants import TenantAlreadyRegistered
from customers.refusals import Refusal
from customers.snapshots import in_batches
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms import ReasonForm
from portal.backoffice.forms_tenants import SetUpForm
from portal.backoffice.subscriptions import SERVES, desk_of
from portal.pages.forms_asked import AskedForm, asked_of
from portal.pages.presenters.history import history_items
from portal.pages.presenters.refusals import refusal_sentences
from portal.pages.presenters.subscriptions import place_name, product_name
from portal.pages.subscriptions import withdrawing_order
from portal.responses.forms import done, read_or_submit, refusals_told_at, refused
from portal.responses.lists import page_of
from portal.responses.tables import Column, table
from subscriptions import prices
from subscriptions import staff_queries as subscriptions
from subscriptions.lifecycle import Status
from subscriptions.operations import orders as ordering
from subscriptions.operations import sandboxes, terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from subscriptions.models import Subscription
    from subscriptions.prices import Priced

COLUMNS: tuple[Column[Priced], ...] = (
    (
        gettext_lazy("Customer number"),
        lambda each: each.subscription.organisation.customer_number,
    ),
    (gettext_lazy("Customer"), lambda each: each.subscription.organisation.name),
    (gettext_lazy("Product"), lambda each: product_name(each.subscription)),
    (gettext_lazy("Tenant"), lambda each: place_name(each.subscription)),
    (gettext_lazy("Per month"), lambda each: each.per_month.amount),
    (gettext_lazy("Currency"), lambda each: each.per_month.currency),
    (gettext_lazy("Ordered"), lambda each: each.subscription.requested_at),
)


@staff_view()
@require_safe
def orders(request: HttpRequest) -> HttpResponseBase:
    at = clock.now()
    if request.GET.get("format") == "csv":
        return table(
            "orders", COLUMNS, in_batches(subscriptions.orders(), partial(prices.priced, at=at))
        )
    page = page_of(request, subscriptions.orders())
    context = {"page": page, "rows": prices.priced(page.object_list, at)}
    return render(request, "backoffice/orders.html", context)


@staff_view()
@require_safe
def order(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = get_object_or_404(subscriptions.every_subscription(), pk=subscription_id)
    if found.status != Status.REQUESTED:
        return redirect("backoffice:subscription", subscription_id)
    return _order_page(request, found)


@staff_view(Duty.SALES)
@require_POST
def confirm_order(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = get_object_or_404(subscriptions.every_subscription(), pk=subscription_id)
    form = SetUpForm(request.POST)
    made = sandboxes.SetUp(**form.cleaned_data) if form.is_valid() else None
    try:
        ordering.confirm(found, set_up=made, by=person_of(request), at=clock.now())
    except sandboxes.SandboxNotSetUp:
        return _order_page(request, found, set_up=form)
    except TenantAlreadyRegistered as refusal:
        form.add_error("identifier", str(refusal))
        return _order_page(request, found, set_up=form, status=409)
    except terms.TermsNotAccepted as refusal:
        return refused(request, refusal, "backoffice:order", subscription_id)
    except ordering.NotEligible as refusal:
        return _not_eligible(request, found, form, refusal_sentences(refusal.refusals))
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:subscription", subscription_id)
    sentence = _("Confirmed: the subscription has started and the customer is told.")
    return done(request, sentence, "backoffice:orders")


def _not_eligible(
    request: HttpRequest, order: Subscription, form: SetUpForm, sentences: Iterable[str]
) -> HttpResponse:
    """What was typed of the sandbox stays, for when nothing stands in the way any more."""
    if sandboxes.waits_for_set_up(order):
        for sentence in sentences:
            form.add_error(None, sentence)
        return _order_page(request, order, set_up=form, status=409)
    for sentence in sentences:
        messages.error(request, sentence)
    return redirect("backoffice:order", order.pk)


@staff_view(Duty.SALES)
@read_or_submit
@refusals_told_at("backoffice:subscription", "subscription_id")
def reject_order(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = get_object_or_404(subscriptions.every_subscription(), pk=subscription_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _order_page(request, found, reasons=form)
    ordering.reject(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    return done(request, _("Rejected: the customer is told why."), "backoffice:orders")


@staff_view(SERVES)
@require_POST
def withdraw_order(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """For the customer, who asked for it; a no of ours is another thing."""
    found = get_object_or_404(subscriptions.every_subscription(), pk=subscription_id)
    at, desk = clock.now(), desk_of(request, found)
    form = desk.asked_form(request, at)
    if not form.is_valid():
        return _order_page(request, found, asked=form)
    return withdrawing_order(request, desk, found, asked_of(form), at)


def _order_page(
    request: HttpRequest,
    order: Subscription,
    *,
    set_up: SetUpForm | None = None,
    reasons: ReasonForm | None = None,
    asked: AskedForm | None = None,
    status: int = 422,
) -> HttpResponse:
    at = clock.now()
    typed = set_up or reasons or asked or ReasonForm()
    if set_up is None and order.tenant and sandboxes.waits_for_set_up(order):
        set_up = SetUpForm(initial={"crm_version": order.tenant.crm_version})
    [priced] = prices.priced([order], at)
    context = {
        "priced": priced,
        "order": order,
        "set_up": set_up,
        "sandbox": sandboxes.sandbox_in_use(order),
        "terms": terms.accepted_with(order),
        "terms_lacking": terms.are_lacking(order),
        "reasons": reasons or ReasonForm(),
        "asked": asked or AskedForm(fields=desk_of(request, order).asked_fields(at)),
        "obstacles": refusal_sentences(subscriptions.obstacles(order, at)),
        "not_mine": whose_task(request, Duty.SALES),
        "history": history_items(queries.history_about(order)),
    }
    return form_page(request, "backoffice/order.html", typed, context, status=status)
