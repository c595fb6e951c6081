"""Webhooks: where an organisation wants to hear what, and the secrets that sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.api import limits
from portal.pages.forms_webhooks import EndpointForm, RotationForm
from portal.pages.presenters import webhooks as words
from portal.responses.forms import done, filled_in, read_or_submit, refused, told
from portal.responses.seen import Seen
from portal.webhooks import queries
from portal.webhooks.documentation import documentation
from portal.webhooks.event_types import EventType, choosable
from portal.webhooks.operations import endpoints
from portal.webhooks.tasks import work_off
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    import datetime as dt
    from typing import Protocol

    from django.http import HttpRequest, HttpResponse

    from customers.models import Person
    from portal.webhooks.models import Endpoint

    class ByButton(Protocol):
        def __call__(self, endpoint: Endpoint, *, by: Person, at: dt.datetime) -> object: ...


class TooOften(Refusal):
    sentence = gettext_lazy("Too many addresses at once. Try again in a minute.")


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_safe
def webhook_list(request: HttpRequest, seat: Seat) -> HttpResponse:
    seen = verbs_seen(seat)
    rows = words.endpoint_rows(queries.endpoints_of(seat.organisation, seeing=seen))
    context = {
        "seat": seat,
        "rows": rows,
        "orphaned": [row.endpoint.address for row in rows if not row.endpoint.maker_is_here],
        "hidden": queries.hidden_endpoints(seat.organisation, seeing=seen),
        "going": queries.endpoints_going(seat.organisation, seeing=seen),
    }
    return render(request, "pages/webhooks/list.html", context)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_safe
def webhook_events(request: HttpRequest, seat: Seat) -> HttpResponse:
    context = {"seat": seat, "documentation": documentation()}
    return render(request, "pages/webhooks/events.html", context)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@read_or_submit
def webhook_add(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Answers with the secret itself, once: it stands in no address and no message."""
    form = EndpointForm(request.POST or None, event_types=types_seen(seat))

    def add() -> HttpResponse:
        _refuse_too_often(seat)
        issued = endpoints.add(
            seat.organisation, **form.cleaned_data, by=seat.person, at=clock.now()
        )
        return _with_secret(request, seat, issued)

    context = {"seat": seat}
    return filled_in(request, "pages/webhooks/add.html", form, context, then=add, blamed="address")


@organisation_view(Permission.MANAGE_WEBHOOKS)
@read_or_submit
def webhook_change(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    initial = EndpointForm.shown(endpoint)
    form = EndpointForm(request.POST or None, initial=initial, event_types=types_seen(seat))
    seen = Seen.of(request, endpoint, EndpointForm.shown)

    def change() -> HttpResponse:
        _refuse_too_often(seat)
        endpoints.change(
            endpoint,
            **form.cleaned_data,
            by=seat.person,
            at=clock.now(),
            as_seen=seen.is_still,
        )
        return done(request, _("The endpoint has been changed."), detail_address(seat, endpoint))

    context = {"seat": seat, "endpoint": endpoint}
    template = "pages/webhooks/change.html"
    return filled_in(request, template, form, context, then=change, blamed="address", seen=seen)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@read_or_submit
def webhook_rotate(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    """Answers with the new secret, once."""
    at = clock.now()
    endpoint = endpoint_or_404(seat, endpoint_id)
    secrets = queries.secrets_of(endpoint, at)
    form = RotationForm(request.POST or None, is_replacement=secrets.old_until is not None)
    seen = Seen.of(request, endpoint, lambda row: {"newest": queries.newest_secret(row)})

    def rotate() -> HttpResponse:
        issued = endpoints.rotate_secret(
            endpoint, overlap=form.overlap, by=seat.person, at=at, as_seen=seen.is_still
        )
        return _with_secret(request, seat, issued)

    context = {
        "seat": seat,
        "endpoint": endpoint,
        "old_until": secrets.old_until,
        "zone": zone_of(seat.organisation),
    }
    template = "pages/webhooks/rotate.html"
    return filled_in(request, template, form, context, then=rotate, seen=seen)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@read_or_submit
def webhook_end_old_secret(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    """Says first whose messages are refused then."""
    if request.method != "POST":
        return _before_the_end(request, seat, endpoint_or_404(seat, endpoint_id))
    sentence = _("From now on only the newest secret signs.")
    return _by_button(request, seat, endpoint_id, endpoints.end_old_secret, sentence)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_enable(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    sentence = _("Switched on. What was missed meanwhile can be sent again below.")
    return _by_button(request, seat, endpoint_id, endpoints.enable, sentence)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_disable(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    sentence = _("Switched off. Nothing is sent there any more.")
    return _by_button(request, seat, endpoint_id, endpoints.disable, sentence)


@organisation_view(Permission.MANAGE_WEBHOOKS)
@read_or_submit
def webhook_remove(request: HttpRequest, seat: Seat, endpoint_id: int) -> HttpResponse:
    endpoint = endpoint_or_404(seat, endpoint_id)
    if request.method != "POST":
        context = {"seat": seat, "endpoint": endpoint}
        return render(request, "pages/webhooks/remove.html", context)

    def remove() -> str:
        endpoints.remove(endpoint, by=seat.person, at=clock.now())
        transaction.on_commit(work_off.delay, robust=True)
        return _("Removed: %(address)s") % {"address": endpoint.address}

    return told(request, remove, "pages:webhook_list", seat.organisation.pk)


def types_seen(seat: Seat) -> list[EventType]:
    return choosable(seat.permissions)


def verbs_seen(seat: Seat) -> list[str]:
    return [each.verb for each in types_seen(seat)]


def endpoint_or_404(seat: Seat, endpoint_id: int) -> Endpoint:
    seen = queries.endpoints_of(seat.organisation, seeing=verbs_seen(seat))
    endpoint: Endpoint = get_object_or_404(seen, pk=endpoint_id)
    return endpoint


def detail_address(seat: Seat, endpoint: Endpoint) -> str:
    return reverse("pages:webhook_detail", args=[seat.organisation.pk, endpoint.pk])


def _refuse_too_often(seat: Seat) -> None:
    """Every address has its name looked up while the page waits. Raises TooOften."""
    if not limits.allows(limits.Kind.WEBHOOKS, seat.person.pk):
        raise TooOften


def _by_button(
    request: HttpRequest, seat: Seat, endpoint_id: int, change: ByButton, sentence: str
) -> HttpResponse:
    """Carry it out, and say so, or why not, on the endpoint's page."""
    endpoint = endpoint_or_404(seat, endpoint_id)

    def carry_out() -> str:
        change(endpoint, by=seat.person, at=clock.now())
        return sentence

    return told(request, carry_out, detail_address(seat, endpoint))


def _before_the_end(request: HttpRequest, seat: Seat, endpoint: Endpoint) -> HttpResponse:
    at = clock.now()
    try:
        endpoints.refuse_no_old_secret(endpoint, at=at)
    except Refusal as refusal:
        return refused(request, refusal, detail_address(seat, endpoint))
    context = {
        "seat": seat,
        "endpoint": endpoint,
        "secrets": queries.secrets_of(endpoint, at),
        "zone": zone_of(seat.organisation),
    }
    return render(request, "pages/webhooks/end_old_secret.html", context)


def _with_secret(request: HttpRequest, seat: Seat, issued: endpoints.Issued) -> HttpResponse:
    return render(request, "pages/webhooks/secret.html", {"seat": seat, "issued": issued})
