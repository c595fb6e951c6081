"""Applications: what works on one's tenants, what one built oneself, and who lets which in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.queries.use_of_application import use_by_tenant
from customers import clock
from customers.queries import history_about, ids_of_people_at
from customers.refusals import Refusal
from customers.snapshots import in_batches
from portal.access import Permission, Seat, organisation_view, who_can
from portal.asked_by_id import request_by_id
from portal.pages.forms_applications import (
    ApplicationFilter,
    ApplicationForm,
    DecisionForm,
    EndForm,
    RequestForm,
    as_before,
)
from portal.pages.presenters import applications as words
from portal.pages.presenters import needed
from portal.pages.presenters.history import COLUMNS, Outsiders, timeline
from portal.pages.presenters.subscriptions import language
from portal.responses.forms import done, filled_in, read_or_submit, refused
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.responses.tables import table
from subscriptions.applications import (
    contacts,
    details,
    offers,
    operations,
    queries,
    scope_consent,
    scopes,
    validity,
    version_queries,
)
from subscriptions.licences import kept_without_subscription
from subscriptions.periods import Month, end_of, last_day_before, local_day
from subscriptions.queries import tenants_for_filter, zone_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from typing import Any
    from zoneinfo import ZoneInfo

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from customers.models import History
    from subscriptions.applications.models import Application, Authorisation

# What one must be allowed at one's own organisation; the operation asks again.
PERMISSIONS = {
    "approve": Permission.APPROVE_STANDARD_APPLICATION,
    "agree": Permission.CONFIRM_CUSTOM_APPLICATION,
    "confirm": Permission.CONFIRM_CUSTOM_APPLICATION,
    "deny": Permission.CONFIRM_CUSTOM_APPLICATION,
    "revoke": Permission.CONFIRM_CUSTOM_APPLICATION,
}


@organisation_view(Permission.VIEW)
@require_safe
def application_list(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    organisation, at = seat.organisation, clock.now()
    chosen = ApplicationFilter(request.GET, tenants=tenants_for_filter(organisation))
    wanted = chosen.cleaned_data if chosen.is_valid() else {}
    found = queries.authorisations_listed(
        organisation, status=wanted.get("status", ""), tenant_id=wanted.get("tenant")
    )

    def rows(of: Iterable[Authorisation]) -> list[words.Row]:
        return words.rows(queries.working(of, at), zone_of(organisation), seat)

    if request.GET.get("format") == "csv":
        return table(_("applications"), words.COLUMNS, in_batches(found, rows))
    page = page_of(request, found, of=ROWS_OF_CUSTOMERS)
    context = {
        "seat": seat,
        "filter": chosen,
        "is_filtered": any(wanted.values()),
        "page": page,
        "rows": rows(page.object_list),
        "registered": page_of(
            request, queries.registered_by(organisation), "built", of=ROWS_OF_CUSTOMERS
        ),
    }
    return render(request, "pages/applications/list.html", context)


@organisation_view(Permission.REQUEST_AUTHORISATION)
@read_or_submit
def register(request: HttpRequest, seat: Seat) -> HttpResponse:
    form = ApplicationForm(request.POST or None, initial={"technical_contact": seat.person.email})

    def carry_out() -> HttpResponse:
        application = details.register(
            seat.organisation, **form.cleaned_data, by=seat.person, at=clock.now()
        )
        sentence = _("%(application)s is registered.") % {"application": application}
        return done(
            request, sentence, "pages:application_detail", seat.organisation.pk, application.pk
        )

    template, context = "pages/applications/register.html", {"seat": seat}
    return filled_in(request, template, form, context, then=carry_out, blamed="name")


@organisation_view(Permission.VIEW)
@require_safe
def application_detail(request: HttpRequest, seat: Seat, application_id: int) -> HttpResponseBase:
    at = clock.now()
    application = _application_or_404(seat, application_id)
    zone = zone_of(seat.organisation)
    found = queries.authorisations_shown(
        application, seat.organisation, by_partner=seat.via_partner is not None
    )
    page = page_of(request, found, of=ROWS_OF_CUSTOMERS)
    is_own = application.owner_id == seat.organisation.pk
    if is_own and request.GET.get("format") == "csv":
        items = timeline(history_about(application), zone)
        return table(_("change-log"), COLUMNS, items)
    context = {
        "seat": seat,
        "application": application,
        "zone": zone,
        "is_own": is_own,
        "page": page,
        "rows": words.rows(queries.working(page.object_list, at), zone, seat),
        "is_on_offer": offers.is_on_offer(application),
    }
    if is_own:
        accesses = version_queries.accesses_of(application, at)
        context |= {
            "is_published": any(each.is_published for each in accesses),
            "use": use_by_tenant(application, Month.of(local_day(at, zone)), language())
            if _sees_use_elsewhere(seat)
            else None,
            "errors_heard": words.ERRORS_HEARD,
            "not_heard": contacts.not_heard(application),
            "may_change": seat.may(Permission.REQUEST_AUTHORISATION),
            "versions": version_queries.versions_of(application),
            "accesses": accesses,
            "keeps_secrets": version_queries.keeps_secrets(application),
            "timeline": timeline(history_about(application), zone),
        }
    return render(request, "pages/applications/detail.html", context)


@organisation_view(Permission.REQUEST_AUTHORISATION)
@read_or_submit
def request_authorisation(request: HttpRequest, seat: Seat, application_id: int) -> HttpResponse:
    """Ask a customer to let the application in; or, as that customer, ask again oneself."""
    application = _application_or_404(seat, application_id)
    tenants = queries.tenants_open_to(application, seat.organisation)
    before = queries.asked_before(
        application, seat.organisation, request.GET.get("again"), by_partner=bool(seat.via_partner)
    )
    form = RequestForm(
        request.POST or None,
        tenants=tenants,
        published=version_queries.published_for(application),
        asking=seat.organisation,
        is_builder=application.owner_id == seat.organisation.pk,
        initial=as_before(before, tenants),
    )

    def carry_out() -> HttpResponse:
        authorisation = _request(application, form, seat)
        return done(request, words.asked(authorisation, seat), _address_of(seat, authorisation))

    return filled_in(
        request,
        "pages/applications/request.html",
        form,
        {"seat": seat, "application": application},
        then=carry_out,
        blamed=lambda _refusal: "tenant" if form.tenant_chosen else "identifier",
    )


def _request(application: Application, form: RequestForm, seat: Seat) -> Authorisation:
    wanted, at = form.cleaned_data, clock.now()
    if form.tenant_chosen:
        return operations.request(
            application, tenant=form.tenant_chosen, note=wanted["note"], by=seat.person, at=at
        )
    return request_by_id(
        application,
        identifier=wanted["identifier"],
        environment=wanted["environment"],
        contact_email=wanted["contact_email"],
        note=wanted["note"],
        by=seat.person,
        at=at,
    )


@organisation_view(Permission.VIEW)
@read_or_submit
def authorisation_detail(request: HttpRequest, seat: Seat, authorisation_id: int) -> HttpResponse:
    """One application on one tenant. Whoever may decide does it here; others see who can."""
    at = clock.now()
    authorisation = _authorisation_or_404(seat, authorisation_id)
    if request.method == "POST":
        return _decide(request, seat, authorisation, at)
    return _authorisation_page(request, seat, authorisation, at)


@organisation_view(Permission.CONFIRM_CUSTOM_APPLICATION)
@require_POST
def change_end(request: HttpRequest, seat: Seat, authorisation_id: int) -> HttpResponse:
    """Another day until which it is let in, or none."""
    at = clock.now()
    authorisation = _authorisation_or_404(seat, authorisation_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _authorisation_page(request, seat, authorisation, at, end_form=form, status=422)
    try:
        validity.change_end(
            authorisation,
            valid_until=_end_of(form.cleaned_data["valid_until"], zone_of(seat.organisation)),
            reason=form.cleaned_data["reason"],
            by=seat.person,
            at=at,
        )
    except operations.OverAlready as refusal:
        form.add_error("valid_until", str(refusal))
        return _authorisation_page(request, seat, authorisation, at, end_form=form, status=409)
    except Refusal as refusal:
        return refused(request, refusal, _address_of(seat, authorisation))
    sentence = _("Changed, from now on. Whoever built it is told.")
    return done(request, sentence, _address_of(seat, authorisation))


def _decide(
    request: HttpRequest, seat: Seat, authorisation: Authorisation, at: dt.datetime
) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _authorisation_page(request, seat, authorisation, at, form=form, status=422)
    decision = form.cleaned_data["decision"]
    if not _is_customers(seat, authorisation) or not seat.may(PERMISSIONS[decision]):
        raise PermissionDenied(who_can(PERMISSIONS[decision], seat))
    try:
        _carry_out(form.cleaned_data, seat, authorisation, at)
    except operations.OverAlready as refusal:
        form.add_error("valid_until", str(refusal))
        return _authorisation_page(request, seat, authorisation, at, form=form, status=409)
    except operations.CapabilitiesChanged as refusal:
        form.add_error(None, str(refusal))
        return _authorisation_page(request, seat, authorisation, at, form=form, status=409)
    except Refusal as refusal:
        return refused(request, refusal, _address_of(seat, authorisation))
    sentence = words.decided(decision, authorisation.application)
    return done(request, sentence, _address_of(seat, authorisation))


def _carry_out(
    wanted: Mapping[str, Any], seat: Seat, authorisation: Authorisation, at: dt.datetime
) -> None:
    by, reason = seat.person, wanted["reason"]
    until = _end_of(wanted["valid_until"], zone_of(seat.organisation))
    yes = {"read": wanted["read"], "valid_until": until, "by": by, "at": at}
    match wanted["decision"]:
        case "approve":
            operations.approve(authorisation, **yes)
        case "confirm":
            operations.confirm(authorisation, **yes)
        case "agree":
            scope_consent.agree(authorisation, read=wanted["read"], by=by, at=at)
        case "deny":
            operations.deny(authorisation, reason=reason, by=by, at=at)
        case "revoke":
            operations.revoke(authorisation, reason=reason, by=by, at=at)


def _authorisation_page(
    request: HttpRequest,
    seat: Seat,
    authorisation: Authorisation,
    at: dt.datetime,
    *,
    form: DecisionForm | None = None,
    end_form: EndForm | None = None,
    status: int = 200,
) -> HttpResponse:
    zone = zone_of(seat.organisation)
    working = queries.working([authorisation], at)[0]
    is_customers = _is_customers(seat, authorisation)
    decision = queries.decision_of(authorisation, seat.person, at)
    wanted = version_queries.wanted(authorisation)
    more = scopes.not_agreed(authorisation)
    asks = decision.approve or decision.confirm
    kept = kept_without_subscription(authorisation.tenant, at)
    given = wanted.scopes if asks else authorisation.agreed_scopes
    history = history_about(authorisation)
    form = form or DecisionForm(initial={"valid_until": _day_ahead(authorisation, zone, at)})
    if decision.revoke:
        form.offer_to_revoke()
    context = {
        "capabilities": version_queries.capability_labels(wanted.capabilities),
        "scopes": version_queries.scope_labels(given),
        "new_rights": version_queries.right_labels(version_queries.new_since_agreed(authorisation)),
        "read": ",".join([*wanted.capabilities, *wanted.scopes]),
        "more_scopes": version_queries.scope_labels(more),
        "read_more": ",".join(more),
        "let_in_until": words.let_in_until(authorisation, zone),
        "seat": seat,
        "zone": zone,
        "authorisation": authorisation,
        "row": words.rows([working], zone, seat)[0],
        "needs": needed.of(authorisation, wanted.capabilities, asks=asks, kept=kept),
        "is_customers": is_customers,
        "decision": decision if is_customers else None,
        "why_no_yes": words.why_no_yes(authorisation, decision, asks_for_more=bool(more)),
        "why_not": words.why_not(authorisation, seat) if not decision.any else "",
        "may_ask_again": decision.ask_again and seat.may(Permission.REQUEST_AUTHORISATION),
        "may_let_in_again": is_customers
        and decision.let_in_again
        and offers.is_on_offer(authorisation.application),
        "form": form,
        "end_form": end_form or EndForm(initial={"valid_until": _last_day(authorisation, zone)}),
    }
    if is_customers:
        context |= {
            "requested_by": authorisation.requested_by,
            "agreed_by": authorisation.confirmed_by,
            "timeline": timeline(history, zone),
        }
    else:
        context |= _from_outside(seat, authorisation, history, zone)
    return render(request, "pages/applications/authorisation.html", context, status=status)


def _from_outside(
    seat: Seat, authorisation: Authorisation, history: Iterable[History], zone: ZoneInfo
) -> dict[str, object]:
    """Who built the application learns who decided by role, and not by name (decision 0085)."""
    customer, agreed_by = authorisation.tenant.organisation, authorisation.confirmed_by
    reader = Outsiders(customer, ids_of_people_at(customer), ids_of_people_at(seat.organisation))
    return {
        "requested_by": reader.asker(authorisation.requested_by),
        "agreed_by": agreed_by and reader.approver(agreed_by),
        "timeline": reader.timeline(history, zone),
    }


def _end_of(day: dt.date | None, zone: ZoneInfo) -> dt.datetime | None:
    return end_of(day, zone) if day else None


def _last_day(authorisation: Authorisation, zone: ZoneInfo) -> dt.date | None:
    until = authorisation.valid_until
    return last_day_before(until, zone) if until else None


def _day_ahead(authorisation: Authorisation, zone: ZoneInfo, at: dt.datetime) -> dt.date | None:
    """Who agrees again keeps the day that was given, unless it is typed over."""
    until = authorisation.valid_until
    return _last_day(authorisation, zone) if until and until > at else None


def _sees_use_elsewhere(seat: Seat) -> bool:
    """At whom its application is let in is not for a consultant, nor is how much they use."""
    return seat.via_partner is None and seat.may(Permission.VIEW_USAGE)


def _application_or_404(seat: Seat, application_id: int) -> Application:
    seen = queries.applications_seen_by(seat.organisation)
    application: Application = get_object_or_404(seen, pk=application_id)
    return application


def _authorisation_or_404(seat: Seat, authorisation_id: int) -> Authorisation:
    is_partner = seat.via_partner is not None
    seen = queries.authorisations_seen_by(seat.organisation, by_partner=is_partner)
    authorisation: Authorisation = get_object_or_404(seen, pk=authorisation_id)
    return authorisation


def _is_customers(seat: Seat, authorisation: Authorisation) -> bool:
    """Whether the tenant is this organisation's; else it only built the application."""
    return authorisation.tenant.organisation_id == seat.organisation.pk


def _address_of(seat: Seat, authorisation: Authorisation) -> str:
    return reverse("pages:authorisation_detail", args=[seat.organisation.pk, authorisation.pk])
