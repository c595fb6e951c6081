"""Applications on offer: a customer finds one, reads what it asks for, and lets it in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from customers import clock
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view, who_can
from portal.pages.forms import SearchForm
from portal.pages.forms_applications import ConsentForm
from portal.pages.presenters import applications as application_words
from portal.pages.presenters import needed
from portal.pages.presenters import offers as words
from portal.responses.forms import done, read_or_submit, refused
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from subscriptions.applications import offers, self_service
from subscriptions.applications.approvers import elsewhere
from subscriptions.applications.operations import OverAlready
from subscriptions.licences import kept_without_subscription
from subscriptions.periods import end_of
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from customers.models import Tenant
    from subscriptions.applications.models import Application
    from subscriptions.applications.offers import Offer

CARDS_PER_PAGE = 12
APPROVE = Permission.APPROVE_STANDARD_APPLICATION


@organisation_view(Permission.VIEW)
@require_safe
def offer_list(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Every standard application that is published, with how it stands with one's tenants."""
    search = SearchForm(request.GET)
    found = offers.applications_on_offer(search.text)
    page = page_of(request, found, of=CARDS_PER_PAGE)
    tenants = offers.tenants_to_let_in(seat.organisation)
    reader = _reader(seat)
    context = {
        "seat": seat,
        "search": search,
        "page": page,
        "cards": [
            words.card(offer, reader)
            for offer in offers.offers(page.object_list, tenants, clock.now())
        ],
    }
    return render(request, "pages/offers/list.html", context)


@organisation_view(Permission.VIEW)
@require_safe
def offer_detail(request: HttpRequest, seat: Seat, offer_id: int) -> HttpResponse:
    """What it asks for, and on which tenants it can be let in and on which not, and why."""
    application = _application_or_404(offer_id)
    page = page_of(request, offers.tenants_to_let_in(seat.organisation), of=ROWS_OF_CUSTOMERS)
    offer = _offer_or_404(application, page.object_list, clock.now())
    reader = _reader(seat)
    context = {
        "seat": seat,
        "application": application,
        "asks": words.asks(offer.version),
        "page": page,
        "rows": words.spot_rows(offer.spots, reader),
        "why_no_yes": words.why_no_yes(offer.spots, reader),
    }
    return render(request, "pages/offers/detail.html", context)


@organisation_view(Permission.VIEW)
@read_or_submit
def offer_consent(request: HttpRequest, seat: Seat, offer_id: int, tenant_id: int) -> HttpResponse:
    """“I approve”, for one tenant; who may not reads who can."""
    at = clock.now()
    application = _application_or_404(offer_id)
    tenant = get_object_or_404(offers.tenants_to_let_in(seat.organisation), pk=tenant_id)
    form = ConsentForm(request.POST or None)
    if request.method != "POST":
        return _consent_page(request, seat, application, tenant, form, at)
    if not seat.may(APPROVE):
        raise PermissionDenied(who_can(APPROVE, seat))
    if not form.is_valid():
        return _consent_page(request, seat, application, tenant, form, at, status=422)
    day = form.cleaned_data["valid_until"]
    try:
        authorisation = self_service.let_in(
            application,
            tenant=tenant,
            read=form.cleaned_data["read"],
            valid_until=end_of(day, zone_of(seat.organisation)) if day else None,
            by=seat.person,
            at=at,
        )
    except self_service.NotOnOffer as refusal:
        return refused(request, refusal, "pages:offer_list", seat.organisation.pk)
    except Refusal as refusal:
        form.add_error("valid_until" if isinstance(refusal, OverAlready) else None, str(refusal))
        return _consent_page(request, seat, application, tenant, form, at, status=409)
    sentence = application_words.decided("approve", application)
    return done(
        request, sentence, "pages:authorisation_detail", seat.organisation.pk, authorisation.pk
    )


def _consent_page(
    request: HttpRequest,
    seat: Seat,
    application: Application,
    tenant: Tenant,
    form: ConsentForm,
    at: dt.datetime,
    *,
    status: int = 200,
) -> HttpResponse:
    spot = _offer_or_404(application, [tenant], at).spots[0]
    reader = _reader(seat)
    context = {
        "seat": seat,
        "application": application,
        "tenant": tenant,
        "row": words.spot_row(spot, reader),
        "form": form,
        "can_let_in": spot.fit.hurdle is None,
        "asks": words.asks(spot.version) if spot.version else None,
        "needs": needed.needs(spot.fit.needed, kept=kept_without_subscription(tenant, at)),
        "why_no_yes": words.why_no_yes([spot], reader),
    }
    return render(request, "pages/offers/consent.html", context, status=status)


def _reader(seat: Seat) -> words.Reader:
    return words.Reader(seat, elsewhere(seat.person, seat.organisation))


def _application_or_404(offer_id: int) -> Application:
    application: Application = get_object_or_404(offers.applications_on_offer(), pk=offer_id)
    return application


def _offer_or_404(application: Application, tenants: Iterable[Tenant], at: dt.datetime) -> Offer:
    """Raises Http404 when it was withdrawn between two queries."""
    for offer in offers.offers([application], tenants, at):
        return offer
    raise Http404
