"""Development tenants that somebody asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.models import Duty
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms import ReasonForm
from portal.backoffice.forms_tenants import SetUpForm
from portal.responses.forms import done, filled_in, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from subscriptions.applications import development_tenants as asked

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from subscriptions.applications.models import DevelopmentTenantRequest

TEMPLATE = "backoffice/tenant_request.html"
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

    def grant() -> HttpResponse:
        asked.grant(found, **form.cleaned_data, by=person_of(request), at=clock.now())
        sentence = _("Granted. The developer gets the identifier by e-mail.")
        return done(request, sentence, "backoffice:tenant_requests")

    context = partial(_context, request, found, ReasonForm())
    return filled_in(request, TEMPLATE, form, context, then=grant, blamed="identifier")


@staff_view(*DUTIES)
@require_POST
@refusals_told_at("backoffice:tenant_request", "request_id")
def reject_tenant_request(request: HttpRequest, request_id: int) -> HttpResponse:
    found = _request_or_404(request_id)
    reasons = ReasonForm(request.POST)
    if not reasons.is_valid():
        return form_page(request, TEMPLATE, SetUpForm(), _context(request, found, reasons))
    asked.reject(found, **reasons.cleaned_data, by=person_of(request), at=clock.now())
    sentence = _("Rejected. The developer gets your reason by e-mail.")
    return done(request, sentence, "backoffice:tenant_requests")


def _context(
    request: HttpRequest, found: DevelopmentTenantRequest, reasons: ReasonForm
) -> dict[str, object]:
    return {
        "asked": found,
        "granted": asked.granted_to(found.organisation),
        "reasons": reasons,
        "not_mine": whose_task(request, *DUTIES),
    }


def _request_or_404(request_id: int) -> DevelopmentTenantRequest:
    return get_object_or_404(asked.every_request(), pk=request_id)
