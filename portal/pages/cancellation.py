"""Cancelling: exactly what will happen, from live data; then doing exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.queries import cancellation_charges
from billing.queries.use_of_application import recent_use
from customers import clock
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.pages.desks import Desk
from portal.pages.forms_asked import asked_of
from portal.pages.forms_subscriptions import CancellationForm
from portal.pages.presenters import cancellation as words
from portal.pages.presenters import left_sandbox as sandbox_words
from portal.pages.subscriptions import subscription_or_404
from portal.responses.forms import read_or_submit, refused, told
from portal.webhooks.queries import endpoints_hearing
from subscriptions import queries
from subscriptions.lifecycle import Action
from subscriptions.operations import cancellations
from subscriptions.operations.cancellations import CancelWhen, ConsequencesChanged
from subscriptions.periods import local_day

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from billing.queries import CancellationCharges
    from customers.asked import Asked
    from subscriptions.models import Subscription
    from subscriptions.operations.cancellations import Consequences, OwnOfSandbox
    from subscriptions.queries import Held


@organisation_view(Permission.CANCEL)
@read_or_submit
def cancel(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    subscription = subscription_or_404(seat, subscription_id)
    return cancelling(request, Desk.of(seat), subscription, clock.now())


@organisation_view(Permission.CANCEL)
@require_POST
def withdraw_cancellation(request: HttpRequest, seat: Seat, subscription_id: int) -> HttpResponse:
    """Go on as if nothing had been cancelled; possible until the last second."""
    subscription = subscription_or_404(seat, subscription_id)
    return withdrawing_cancellation(request, Desk.of(seat), subscription, None, clock.now())


def cancelling(
    request: HttpRequest, desk: Desk, subscription: Subscription, at: dt.datetime
) -> HttpResponse:
    """The list of what happens, at the month's end or (`?when=now`) now; a POST confirms it."""
    when = _when(request, subscription)
    try:
        found = cancellations.consequences(subscription, when=when, at=at)
    except Refusal as refusal:
        return refused(request, refusal, desk.address("subscription_detail", subscription.pk))
    if request.method != "POST":
        return _page(request, desk, found, at)
    return _confirmed(request, desk, found, at)


def withdrawing_cancellation(
    request: HttpRequest,
    desk: Desk,
    subscription: Subscription,
    asked: Asked | None,
    at: dt.datetime,
) -> HttpResponse:
    def withdraw() -> str:
        cancellations.withdraw_cancellation(subscription, asked=asked, by=desk.person, at=at)
        return _("The cancellation is withdrawn. Everything goes on as it was.")

    return told(request, withdraw, desk.address("subscription_detail", subscription.pk))


def _confirmed(
    request: HttpRequest, desk: Desk, found: Consequences, at: dt.datetime
) -> HttpResponse:
    form = _form(desk, found, at, request.POST)
    if not form.is_valid():
        return _page(request, desk, found, at, form=form, status=422)
    back = desk.address("subscription_detail", found.subscription.pk)
    try:
        done = cancellations.cancel(
            found.subscription,
            when=form.cleaned_data["when"],
            confirmed=form.cleaned_data["fingerprint"],
            with_sandbox=form.cleaned_data.get("with_sandbox", False),
            reason=form.cleaned_data["reason"],
            asked=asked_of(form),
            by=desk.person,
            at=at,
        )
    except ConsequencesChanged as changed:
        return _page(
            request, desk, changed.consequences, at, form=form, changed=changed, status=409
        )
    except Refusal as refusal:
        return refused(request, refusal, back)
    messages.success(request, words.cancelled(done, desk.zone, at))
    if found.sandbox and form.cleaned_data.get("with_sandbox"):
        of_sandbox = sandbox_words.names_of(found.sandbox)
        messages.success(request, sandbox_words.cancelled_too(of_sandbox))
    return redirect(back)


def _page(
    request: HttpRequest,
    desk: Desk,
    found: Consequences,
    at: dt.datetime,
    *,
    form: CancellationForm | None = None,
    changed: ConsequencesChanged | None = None,
    status: int = 200,
) -> HttpResponse:
    """The list, and under it the form that carries this list's fingerprint."""
    subscription, zone = found.subscription, desk.zone
    held = queries.held(subscription, at)
    fresh = {"when": found.when, "fingerprint": found.fingerprint}
    if form is None or changed:
        form = _form(desk, found, at, initial=fresh | (_typed(form) if form else {}))
    fewer = held.allows(Action.CHANGE_QUANTITY) and desk.may(Permission.ORDER)
    context = {
        "seat": desk.seat,
        "subscription": subscription,
        "held": held,
        "found": found,
        "form": form,
        "changed": changed,
        "page": words.page(found, held, zone),
        "sandbox": sandbox_words.shown(found.sandbox, _own_of(found, at), zone)
        if found.sandbox
        else None,
        "ways": words.ways(found, zone, at),
        "charge": words.charge(cancellation_charges(subscription, ends_at=found.ends_at, at=at)),
        "stopping": list(
            zip(
                found.applications,
                recent_use(found.applications, local_day(at, zone)),
                strict=True,
            )
        ),
        "told": queries.owners_of(desk.organisation),
        "makers": words.makers(found.stopping),
        "endpoints": endpoints_hearing(desk.organisation, words.HEARD_BY_PROGRAMS),
        "detail_url": desk.address("subscription_detail", subscription.pk),
        "quantities_url": desk.address("subscription_quantities", subscription.pk) if fewer else "",
    }
    return render(request, desk.template("subscriptions/cancel"), context, status=status)


def _typed(form: CancellationForm) -> dict[str, object]:
    """What stays when the list is another: all but what was agreed to."""
    agreed = ("when", "fingerprint", "understood", "with_sandbox")
    return {name: value for name, value in form.cleaned_data.items() if name not in agreed}


def _form(
    desk: Desk, found: Consequences, at: dt.datetime, *args: Any, **kwargs: Any
) -> CancellationForm:
    return CancellationForm(
        *args,
        applications=words.names_of(found.stopping),
        of_sandbox=sandbox_words.names_of(found.sandbox) if found.sandbox else "",
        asked=desk.asked_fields(at),
        **kwargs,
    )


def _own_of(
    found: Consequences, at: dt.datetime
) -> list[tuple[OwnOfSandbox, Held, CancellationCharges | None]]:
    """What was ordered for the sandbox, with what it costs to end that as well."""
    return [
        (
            own,
            queries.held(own.subscription, at),
            cancellation_charges(own.subscription, ends_at=own.ending.ends_at, at=at)
            if own.ending
            else None,
        )
        for own in (found.sandbox.own if found.sandbox else ())
    ]


def _when(request: HttpRequest, subscription: Subscription) -> CancelWhen:
    """What was asked for; else the month's end, where the product knows it and no end is set."""
    asked = request.POST.get("when") or request.GET.get("when")
    if asked in set(CancelWhen):
        return CancelWhen(asked)
    at_month_end = subscription.product_version.policy.cancel_at_month_end
    return CancelWhen.MONTH_END if at_month_end and not subscription.ends_at else CancelWhen.NOW
