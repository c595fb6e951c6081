"""What was sent to an endpoint and what it answered; sent again, or as a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms_webhooks import ReplayForm
from portal.pages.presenters import webhooks as words
from portal.pages.webhooks import detail_address, endpoint_or_404
from portal.responses.forms import done, refused, told
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.webhooks import queries
from portal.webhooks.operations import endpoints, replays
from portal.webhooks.tasks import deliver, work_off
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from portal.webhooks.models import Delivery, Endpoint


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_safe
def webhook_detail(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    form = ReplayForm(initial={"since": endpoint.disabled_at}, kept_days=_kept_days())
    return _page(request, seat, endpoint, form)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_safe
def webhook_delivery(
    request: HttpRequest, seat: Seat, endpoint_id: int, delivery_id: int
) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    delivery = _delivery_or_404(endpoint, delivery_id)
    zone = zone_of(seat.organisation)
    context = {
        "seat": seat,
        "zone": zone,
        "endpoint": endpoint,
        "row": words.delivery_row(delivery, zone),
        "attempts": words.attempt_rows(queries.attempts_of(delivery)),
        "body": words.readable(delivery.event.body),
    }
    return render(request, "pages/webhooks/delivery.html", context)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_test(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    try:
        delivery = endpoints.send_test(endpoint, at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, detail_address(seat, endpoint))
    _ring()
    sentence = _("A test is on its way. Load this page again to see the answer.")
    return done(request, sentence, _address_of(seat, delivery))


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_replay(
    request: HttpRequest, seat: Seat, endpoint_id: int, delivery_id: int
) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    delivery = _delivery_or_404(endpoint, delivery_id)

    def replay() -> str:
        replays.replay(delivery, at=clock.now())
        _ring()
        return _("The message is sent again in a moment.")

    return told(request, replay, _address_of(seat, delivery))


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_replay_since(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    form = ReplayForm(request.POST, kept_days=_kept_days())
    if not form.is_valid():
        return _page(request, seat, endpoint, form, status=422)
    try:
        count = replays.replay_since(
            endpoint, since=form.cleaned_data["since"], by=seat.person, at=clock.now()
        )
    except Refusal as refusal:
        form.add_error("since", str(refusal))
        return _page(request, seat, endpoint, form, status=409)
    transaction.on_commit(work_off.delay, robust=True)
    sentence = ngettext(
        "%(count)s message is on its way.", "%(count)s messages are on their way.", count
    )
    return done(request, sentence % {"count": count}, detail_address(seat, endpoint))


def _page(
    request: HttpRequest, seat: Seat, endpoint: Endpoint, form: ReplayForm, *, status: int = 200
) -> HttpResponse:
    zone = zone_of(seat.organisation)
    found = queries.deliveries_to(endpoint)
    page = page_of(request, found, of=ROWS_OF_CUSTOMERS)
    context = {
        "seat": seat,
        "zone": zone,
        "endpoint": endpoint,
        "row": words.endpoint_row(endpoint),
        "events": words.event_texts(endpoint.event_types),
        "secrets": queries.secrets_of(endpoint, clock.now()),
        "replay": queries.replay_of(endpoint),
        "page": page,
        "rows": [words.delivery_row(each, zone) for each in page],
        "form": form,
        "patience_days": in_force(Policy.WEBHOOK_PATIENCE).days,
    }
    return render(request, "pages/webhooks/detail.html", context, status=status)


def _kept_days() -> int:
    return in_force(Policy.WEBHOOKS_KEPT).days


def _delivery_or_404(endpoint: Endpoint, delivery_id: int) -> Delivery:
    delivery: Delivery = get_object_or_404(queries.deliveries_to(endpoint), pk=delivery_id)
    return delivery


def _address_of(seat: Seat, delivery: Delivery) -> str:
    of_delivery = [seat.organisation.pk, delivery.endpoint_id, delivery.pk]
    return reverse("pages:webhook_delivery", args=of_delivery)


def _ring() -> None:
    """Rows say what is due; whoever waits at a page should not wait for the schedule."""
    transaction.on_commit(deliver.delay, robust=True)
