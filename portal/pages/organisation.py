"""The customer's own details: read by its people, changed by those who deal with invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.operations import buyers
from catalog.queries import seller_for
from customers import clock
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms_organisation import OwnDetailsForm
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@organisation_view(Permission.VIEW)
@require_safe
def organisation(request: HttpRequest, seat: Seat) -> HttpResponse:
    context = {"seat": seat, "seller": seller_for(seat.organisation.country)}
    return render(request, "pages/organisations/organisation.html", context)


@organisation_view(Permission.CHANGE_BILLING_DETAILS)
@read_or_submit
def change_organisation(request: HttpRequest, seat: Seat) -> HttpResponse:
    initial = OwnDetailsForm.shown(seat.organisation)
    form = OwnDetailsForm(request.POST or None, initial=initial)
    seen = Seen.of(request, seat.organisation, OwnDetailsForm.shown)

    def carry_out() -> HttpResponse:
        buyers.change_billing_details(
            seat.organisation,
            form.details(seat.organisation),
            by=seat.person,
            at=clock.now(),
            as_seen=seen.is_still,
        )
        sentence = _("Changed, from the next invoice on.")
        return done(request, sentence, "pages:organisation", seat.organisation.pk)

    return filled_in(
        request,
        "pages/organisations/change.html",
        form,
        {"seat": seat},
        then=carry_out,
        seen=seen,
    )
