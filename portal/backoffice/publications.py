"""Versions of applications that wait to be published in stage or production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.models import Duty
from customers.queries import history_about
from customers.snapshots import in_batches
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms_applications import RejectionForm
from portal.backoffice.may_do import MayDo
from portal.formatting import number_text
from portal.pages.presenters.history import COLUMNS, history_items
from portal.pages.presenters.subscriptions import language
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import table
from subscriptions.applications import version_queries as queries
from subscriptions.applications import versions

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from subscriptions.applications.models import Publication


@staff_view()
@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    page = page_of(request, queries.publications_waiting())
    return render(request, "backoffice/publications.html", {"page": page})


@staff_view()
@require_safe
def publication(request: HttpRequest, publication_id: int) -> HttpResponseBase:
    found = _publication_or_404(publication_id)
    if request.GET.get("format") == "csv":
        items = in_batches(history_about(found.application), history_items)
        return table("change-log", COLUMNS, items)
    return _page(request, found, RejectionForm())


@staff_view(Duty.APP_MANAGER)
@require_POST
@refusals_told_at("backoffice:publication", "publication_id")
def publish_version(request: HttpRequest, publication_id: int) -> HttpResponse:
    found = _publication_or_404(publication_id)
    at = clock.now()
    versions.publish(found, by=person_of(request), at=at)
    sentence = _("Published: version %(version)s of %(application)s.") % {
        "version": found.version.number,
        "application": found.application,
    }
    if count := queries.customers_shut_out_by(found, at):
        sentence = f"{sentence} {_shut_out(count)}"
    return done(request, sentence, "backoffice:publications")


def _shut_out(count: int) -> str:
    return ngettext(
        "%(count)s customer has to agree again; until then it is shut out there.",
        "%(count)s customers have to agree again; until then it is shut out there.",
        count,
    ) % {"count": number_text(count, language())}


@staff_view(Duty.APP_MANAGER)
@read_or_submit
@refusals_told_at("backoffice:publication", "publication_id")
def reject_version(request: HttpRequest, publication_id: int) -> HttpResponse:
    found = _publication_or_404(publication_id)
    form = RejectionForm(request.POST or None)
    if not form.is_valid():
        return _page(request, found, form)
    versions.reject(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("Rejected. The developer gets your reason by e-mail.")
    return done(request, sentence, "backoffice:publications")


def _page(request: HttpRequest, found: Publication, form: RejectionForm) -> HttpResponse:
    context = {
        "publication": found,
        "may_do": MayDo.of(found.version.capabilities, found.version.scopes),
        "sends_back": queries.sends_back(found.version),
        "deployments": queries.deployment_labels(found.version.deployments),
        "shut_out": queries.customers_shut_out_by(found, clock.now()),
        "not_mine": whose_task(request, Duty.APP_MANAGER),
        "history": history_items(history_about(found.application)),
    }
    return form_page(request, "backoffice/publication.html", form, context)


def _publication_or_404(publication_id: int) -> Publication:
    found: Publication = get_object_or_404(queries.every_publication(), pk=publication_id)
    return found
