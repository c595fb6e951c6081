"""Which application may work on which tenant: the app manager's grants, and all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers import clock, queries
from customers.models import Duty
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice import may_do
from portal.backoffice.answers import whose_task
from portal.backoffice.forms import ReasonForm
from portal.backoffice.forms_applications import AuthorisationFilter, SoonerEndForm
from portal.backoffice.words import authorisation_badge
from portal.pages.presenters import needed
from portal.pages.presenters.history import history_items
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table
from subscriptions.applications import operations, validity
from subscriptions.applications import staff_queries as applications
from subscriptions.applications.lifecycle import Action, AuthorisationStatus, allows
from subscriptions.periods import end_of
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from subscriptions.applications.models import Authorisation

COLUMNS: tuple[Column[Authorisation], ...] = (
    (gettext_lazy("Application"), lambda each: each.application.name),
    (gettext_lazy("Kind"), lambda each: each.application.get_kind_display()),
    (gettext_lazy("Made by"), lambda each: each.application.owner.name),
    (gettext_lazy("Customer"), lambda each: each.tenant.organisation.name),
    (gettext_lazy("Tenant"), lambda each: each.tenant.label),
    (gettext_lazy("Status"), lambda each: each.get_status_display()),
    (gettext_lazy("Requested"), lambda each: each.requested_at),
    (gettext_lazy("Confirmed"), lambda each: each.confirmed_at),
    (gettext_lazy("Granted"), lambda each: each.granted_at),
)


@staff_view()
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    page = page_of(request, applications.consents())
    context = {"page": page, "rows": applications.with_licences(page.object_list, clock.now())}
    return render(request, "backoffice/consents.html", context)


@staff_view()
@require_safe
def authorisations(request: HttpRequest) -> HttpResponseBase:
    """Of all customers; the filters are in the address, also for the CSV."""
    form = AuthorisationFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = applications.authorisations(status=wanted.get("status", ""), text=wanted.get("q", ""))
    if request.GET.get("format") == "csv":
        return table("authorisations", COLUMNS, found.iterator(ROWS_AT_ONCE))
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "rows": [(each, authorisation_badge(each)) for each in page.object_list],
        "is_filtered": any(wanted.values()),
    }
    return render(request, "backoffice/authorisations.html", context)


@staff_view()
@require_safe
def authorisation(request: HttpRequest, authorisation_id: int) -> HttpResponse:
    found = get_object_or_404(applications.every_authorisation(), pk=authorisation_id)
    return _authorisation_page(request, found, ReasonForm())


@staff_view(Duty.APP_MANAGER)
@require_POST
@refusals_told_at("backoffice:authorisation", "authorisation_id")
def grant(request: HttpRequest, authorisation_id: int) -> HttpResponse:
    found = get_object_or_404(applications.every_authorisation(), pk=authorisation_id)
    granted = operations.grant(found, by=person_of(request), at=clock.now())
    sentence = (
        _("Granted: %(application)s works on %(tenant)s.")
        if granted.status == AuthorisationStatus.ACTIVE
        else _("Granted: %(application)s starts on %(tenant)s as soon as its licence does.")
    )
    names = {"application": granted.application, "tenant": granted.tenant.label}
    return done(request, sentence % names, "backoffice:consents")


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:authorisation", "authorisation_id")
def deny(request: HttpRequest, authorisation_id: int) -> HttpResponse:
    found = get_object_or_404(applications.every_authorisation(), pk=authorisation_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _authorisation_page(request, found, form)
    operations.deny(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("Denied: the customer sees your reason.")
    return done(request, sentence, "backoffice:consents")


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:authorisation", "authorisation_id")
def revoke(request: HttpRequest, authorisation_id: int) -> HttpResponse:
    found = get_object_or_404(applications.every_authorisation(), pk=authorisation_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _authorisation_page(request, found, form)
    operations.revoke(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("Revoked: the application is shut out from now on.")
    return done(request, sentence, "backoffice:authorisation", authorisation_id)


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:authorisation", "authorisation_id")
def bring_forward(request: HttpRequest, authorisation_id: int) -> HttpResponse:
    """An earlier day until which the application is let in."""
    found = get_object_or_404(applications.every_authorisation(), pk=authorisation_id)
    form = SoonerEndForm(request.POST or None)
    if not form.is_valid():
        return _authorisation_page(request, found, ReasonForm(), end_form=form)
    zone = zone_of(found.tenant.organisation)
    try:
        validity.change_end(
            found,
            valid_until=end_of(form.cleaned_data["valid_until"], zone),
            reason=form.cleaned_data["reason"],
            by=person_of(request),
            at=clock.now(),
        )
    except (validity.OnlySooner, operations.OverAlready) as refusal:
        form.add_error("valid_until", str(refusal))
        return _authorisation_page(request, found, ReasonForm(), end_form=form, status=409)
    sentence = _("Brought forward: customer and developer are told.")
    return done(request, sentence, "backoffice:authorisation", authorisation_id)


def _authorisation_page(
    request: HttpRequest,
    authorisation: Authorisation,
    form: ReasonForm,
    *,
    end_form: SoonerEndForm | None = None,
    status: int = 422,
) -> HttpResponse:
    at = clock.now()
    [consent] = applications.with_licences([authorisation], at)
    now = authorisation.status
    context = {
        "authorisation": authorisation,
        "consent": consent,
        "missing": needed.products(consent.missing),
        "badge": authorisation_badge(authorisation),
        "there": may_do.on_tenant(authorisation),
        "may_grant": allows(now, Action.GRANT) and not authorisation.application.is_blocked,
        "may_deny": allows(now, Action.DENY),
        "may_revoke": allows(now, Action.REVOKE),
        "may_bring_forward": validity.may_change_end(authorisation, at),
        "form": form,
        "end_form": end_form or SoonerEndForm(),
        "zone": zone_of(authorisation.tenant.organisation),
        "not_mine": whose_task(request, Duty.APP_MANAGER),
        "history": history_items(queries.history_about(authorisation)),
    }
    is_wrong = request.method == "POST" and (end_form or form).errors
    return render(
        request, "backoffice/authorisation.html", context, status=status if is_wrong else 200
    )
