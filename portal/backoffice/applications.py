"""Applications of everybody: finding one, blocking it everywhere, revoking a credential of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import clock
from customers.models import Duty
from customers.queries import history_about
from portal.access import person_of, staff_view
from portal.backoffice import may_do
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms import ReasonForm
from portal.backoffice.forms_applications import ApplicationSearch
from portal.backoffice.words import authorisation_badge
from portal.pages.presenters.history import history_items
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from subscriptions.applications import blocking, credentials
from subscriptions.applications import staff_queries as queries

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from subscriptions.applications.models import Application


@staff_view()
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    form = ApplicationSearch(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = queries.applications(
        text=wanted.get("q", ""), only_blocked=wanted.get("blocked", False)
    )
    context = {"form": form, "page": page_of(request, found), "is_filtered": any(wanted.values())}
    return render(request, "backoffice/applications.html", context)


@staff_view()
@require_safe
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    return _page(request, _application_or_404(application_id), ReasonForm())


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:application", "application_id")
def block_application(request: HttpRequest, application_id: int) -> HttpResponse:
    found = _application_or_404(application_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _page(request, found, form)
    blocking.block(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("Blocked on every tenant. Customers and its developer get your reason.")
    return done(request, sentence, "backoffice:application", application_id)


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:application", "application_id")
def unblock_application(request: HttpRequest, application_id: int) -> HttpResponse:
    found = _application_or_404(application_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _page(request, found, form)
    blocking.unblock(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("No longer blocked: it works again wherever consent and licence stand.")
    return done(request, sentence, "backoffice:application", application_id)


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:application", "application_id")
def revoke_client(request: HttpRequest, application_id: int, credential_id: int) -> HttpResponse:
    found = _application_or_404(application_id)
    credential = get_object_or_404(queries.live_credentials_of(found), pk=credential_id)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        context = {"application": found, "credential": credential}
        return form_page(request, "backoffice/revoke_client.html", form, context)
    credentials.revoke(credential, **form.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("Revoked: its tokens are gone. Its developer gets your reason.")
    return done(request, sentence, "backoffice:application", application_id)


def _page(request: HttpRequest, found: Application, form: ReasonForm) -> HttpResponse:
    page = page_of(request, queries.authorisations_for(found))
    context = {
        "application": found,
        "publications": may_do.by_environment(found),
        "credentials": queries.live_credentials_of(found),
        "page": page,
        "rows": [(each, authorisation_badge(each)) for each in page.object_list],
        "not_mine": whose_task(request, Duty.APP_MANAGER),
        "history": history_items(history_about(found)),
    }
    return form_page(request, "backoffice/application.html", form, context)


def _application_or_404(application_id: int) -> Application:
    found: Application = get_object_or_404(queries.application_with_names(), pk=application_id)
    return found
