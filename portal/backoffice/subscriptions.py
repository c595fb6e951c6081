"""A subscription as staff see it; what they do about it, and what a customer asks them to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock, queries
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import Permission, person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms import ReasonForm
from portal.pages import cancellation
from portal.pages import subscriptions as pages
from portal.pages.desks import Desk
from portal.pages.forms_asked import AskedForm, asked_of
from portal.pages.presenters.history import history_items
from portal.pages.presenters.price_changes import price_changes
from portal.pages.presenters.subscriptions import actions, badge
from portal.responses.forms import done, read_or_submit, refused
from subscriptions import queries as subscriptions
from subscriptions import staff_queries
from subscriptions.applications import staff_queries as applications
from subscriptions.lifecycle import Action
from subscriptions.operations import suspensions, terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from subscriptions.models import Subscription

SUSPENDERS = (Duty.OPERATIONS, Duty.BILLING)
SERVES = Duty.SALES  # whoever does for customers what they ask for
FOR_CALLERS = frozenset({Permission.ORDER.value, Permission.CANCEL.value})


@staff_view()
@require_safe
def subscription(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = get_object_or_404(staff_queries.every_subscription(), pk=subscription_id)
    return _page(request, found)


@staff_view(*SUSPENDERS)
@read_or_submit
def suspend(request: HttpRequest, subscription_id: int) -> HttpResponse:
    sentence = _("The subscription is suspended: it gives nothing until it is resumed.")
    return _with_reason(request, subscription_id, suspensions.suspend, sentence)


@staff_view(*SUSPENDERS)
@read_or_submit
def resume(request: HttpRequest, subscription_id: int) -> HttpResponse:
    sentence = _("The subscription works again.")
    return _with_reason(request, subscription_id, suspensions.resume, sentence)


@staff_view(SERVES)
@read_or_submit
def cancel(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """The customer's own page about it, with who asked."""
    found = get_object_or_404(staff_queries.every_subscription(), pk=subscription_id)
    return cancellation.cancelling(request, desk_of(request, found), found, clock.now())


@staff_view(SERVES)
@require_POST
def withdraw_cancellation(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = get_object_or_404(staff_queries.every_subscription(), pk=subscription_id)
    at, desk = clock.now(), desk_of(request, found)
    form = desk.asked_form(request, at)
    if not form.is_valid():
        return _page(request, found, asked=form)
    return cancellation.withdrawing_cancellation(request, desk, found, asked_of(form), at)


@staff_view(SERVES)
@read_or_submit
def quantities(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """The same of another number of users."""
    at = clock.now()
    found = get_object_or_404(staff_queries.every_subscription(), pk=subscription_id)
    held = subscriptions.held(found, at)
    return pages.changing_quantities(request, desk_of(request, found), held, at)


def _with_reason(
    request: HttpRequest, subscription_id: int, do: Callable[..., Subscription], sentence: str
) -> HttpResponse:
    """What `do` makes of the subscription, for the reason that was typed; `sentence` says it."""
    found = get_object_or_404(staff_queries.every_subscription(), pk=subscription_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _page(request, found, reasons=form)
    try:
        do(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:subscription", subscription_id)
    return done(request, sentence, "backoffice:subscription", subscription_id)


def desk_of(request: HttpRequest, subscription: Subscription) -> Desk:
    return Desk(subscription.organisation, person_of(request))


def _page(
    request: HttpRequest,
    subscription: Subscription,
    *,
    reasons: ReasonForm | None = None,
    asked: AskedForm | None = None,
) -> HttpResponse:
    at = clock.now()
    held = subscriptions.held(subscription, at)
    zone = subscriptions.zone_of(subscription.organisation)
    context = {
        "priced": held.priced,
        "price_changes": price_changes(held, at, zone),
        "subscription": subscription,
        "terms": terms.accepted_with(subscription),
        "terms_lacking": terms.are_lacking(subscription),
        "badge": badge(held, zone),
        "may_suspend": held.allows(Action.SUSPEND),
        "may_resume": held.allows(Action.RESUME),
        "stops": applications.stopping_with(subscription, at),
        "not_mine": whose_task(request, *SUSPENDERS),
        "asks": actions(held, FOR_CALLERS),
        "end_now": held.is_ending and subscription.product_version.policy.cancel_now,
        "not_mine_to_serve": whose_task(request, SERVES),
        "reasons": reasons or ReasonForm(),
        "asked": asked or AskedForm(fields=desk_of(request, subscription).asked_fields(at)),
        "history": history_items(queries.history_about(subscription)),
    }
    typed = asked or reasons or ReasonForm()
    return form_page(request, "backoffice/subscription.html", typed, context)
