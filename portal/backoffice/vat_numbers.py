"""What the register says of a customer's VAT number, and having it asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.vies import asking
from customers import clock, queries
from customers.models import Duty
from portal.access import person_of, staff_view
from portal.backoffice.waking import wake_for_register
from portal.responses.forms import done, refusals_told_at

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_view(Duty.BILLING)
@require_POST
@refusals_told_at("backoffice:customer", "organisation_id")
def ask_register(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Nobody waits here for its answer: a worker asks."""
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    asking.ask_again(organisation, by=person_of(request), at=clock.now())
    wake_for_register()
    sentence = _("VIES is being asked; reload the page in a moment.")
    return done(request, sentence, "backoffice:customer", organisation_id)
