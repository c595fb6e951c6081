"""Development tenants that somebody asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms import ReasonForm
from portal.backoffice.forms_customers import SetUpForm
from portal.responses.forms import done, read_or_submit, refused
from portal.responses.lists import page_of
from subscriptions.applications import development_tenants as asked

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from subscriptions.applications.models import DevelopmentTenantRequest

DUTIES = (Duty.APP_MANAGER, Duty.OPERATIONS)


@staff_view()
@require_safe
def tenant_requests(request: HttpRequest) -> HttpResponse:
    return render(
        request, "backoffice/tenant_requests.html", {"page": page_of(request, asked.waiting())}
    )


@staff_view()
@read_or_submit
def tenant_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """What is asked for; who may, grants it here."""
    found = _request_or_404(request_id)
    form = SetUpForm(request.POST or None)
    if form.is_valid():
        try:
            asked.grant(found, **form.cleaned_data, by=person_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error("identifier", str(refusal))
        else:
            sentence = _("Granted. The developer gets the identifier by e-mail.")
            return done(request, sentence, "backoffice:tenant_requests")
    return _page(request, found, form)


@staff_view(*DUTIES)
@require_POST
def reject_tenant_request(request: HttpRequest, request_id: int) -> HttpResponse:
    found = _request_or_404(request_id)
    reasons = ReasonForm(request.POST)
    if not reasons.is_valid():
        return _page(request, found, SetUpForm(), reasons)
    try:
        asked.reject(found, **reasons.cleaned_data, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:tenant_request", request_id)
    sentence = _("Rejected. The developer gets your reason by e-mail.")
    return done(request, sentence, "backoffice:tenant_requests")


def _page(
    request: HttpRequest,
    found: DevelopmentTenantRequest,
    form: SetUpForm,
    reasons: ReasonForm | None = None,
) -> HttpResponse:
    context = {
        "asked": found,
        "granted": asked.granted_to(found.organisation),
        "reasons": reasons or ReasonForm(),
        "not_mine": whose_task(request, *DUTIES),
    }
    return form_page(request, "backoffice/tenant_request.html", form, context)


def _request_or_404(request_id: int) -> DevelopmentTenantRequest:
    return get_object_or_404(asked.every_request(), pk=request_id)
