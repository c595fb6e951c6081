"""Keeping a customer out of the billing runs, and letting it in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import queries as billing
from billing.operations import holds
from customers import clock, queries
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms_runs import HoldForm
from portal.backoffice.waking import wake_for_run
from portal.responses.forms import done, read_or_submit, refusals_told_at, refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_view(Duty.BILLING)
@read_or_submit
@refusals_told_at("backoffice:customer", "organisation_id")
def hold_customer(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    form = HoldForm(request.POST or None)
    if form.is_valid():
        holds.hold(organisation, **form.cleaned_data, by=person_of(request), at=clock.now())
        sentence = _("The customer is held: billing runs leave it out.")
        return done(request, sentence, "backoffice:customer", organisation_id)
    context = {"organisation": organisation}
    return form_page(request, "backoffice/hold_customer.html", form, context)


@staff_view(Duty.BILLING)
@require_POST
def release_hold(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Where a run left the customer out meanwhile, it is tried again."""
    placed = get_object_or_404(billing.every_hold(), pk=hold_id)
    try:
        items = holds.release(placed, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:customer", placed.organisation_id)
    for item in items:
        wake_for_run(item.run_id)
    sentence = _("The hold is released: billing runs take the customer along again.")
    return done(request, sentence, "backoffice:customer", placed.organisation_id)
