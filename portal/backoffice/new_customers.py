"""Taking on a customer or a partner, and who advises it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import clock, queries
from customers.models import Duty
from customers.operations import new_customers, organisations, people
from portal.access import person_of, staff_view
from portal.backoffice.forms_customers import NewCustomerForm, PartnerForm
from portal.pages.forms_organisation import REFUSED_FOR
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from customers.refusals import Refusal

TAKES_ON = Duty.SALES

# Which field says what an operation refused.
FIELDS: Mapping[type[Refusal], str] = {
    **REFUSED_FOR,
    new_customers.NamesakeHere: "name",
    organisations.CustomerNumberTaken: "customer_number",
    organisations.CustomerNumberTooHigh: "customer_number",
    organisations.NotAPartner: "partner",
    people.WorksForTheVendor: "owner",
}


@staff_view(TAKES_ON)
@read_or_submit
def new_customer(request: HttpRequest) -> HttpResponse:
    by = person_of(request)
    form = NewCustomerForm(request.POST or None, initial={"representative": by})
    seen = Seen.of(request, "", _namesakes)

    def take_on() -> HttpResponse:
        owner = form.cleaned_data["owner"]
        organisation = new_customers.take_on(
            form.new, owner=owner, as_seen=seen.is_still, by=by, at=clock.now()
        )
        sentence = _("%(organisation)s is here. An invitation is on its way to %(email)s.")
        said = sentence % {"organisation": organisation, "email": owner}
        return done(request, said, "backoffice:customer", organisation.pk)

    template = "backoffice/new_customer.html"
    return filled_in(request, template, form, {}, then=take_on, blamed=FIELDS, seen=seen)


def _namesakes(name: str) -> dict[str, object]:
    """What a person who takes on another of this name has seen; before it is typed, nothing."""
    return {"namesakes": [each.pk for each in queries.namesakes(name)]}


@staff_view(TAKES_ON)
@read_or_submit
def change_partner(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    form = PartnerForm(request.POST or None, organisation=organisation)

    def change() -> HttpResponse:
        organisations.change_partner(
            organisation, **form.cleaned_data, by=person_of(request), at=clock.now()
        )
        sentence = _("Its partner is changed. Questions that are asked from now on go there.")
        return done(request, sentence, "backoffice:customer", organisation_id)

    template, context = "backoffice/change_partner.html", {"organisation": organisation}
    return filled_in(request, template, form, context, then=change, blamed="partner")
