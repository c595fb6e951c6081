"""Taking on a customer or a partner, and who advises it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import clock, queries
from customers.models import Duty
from customers.operations import organisations, people
from customers.operations.new_customers import NamesakeHere, take_on
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms_customers import NewCustomerForm, PartnerForm
from portal.responses.forms import done, read_or_submit
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TAKES_ON = Duty.SALES


@staff_view(TAKES_ON)
@read_or_submit
def new_customer(request: HttpRequest) -> HttpResponse:
    by = person_of(request)
    form = NewCustomerForm(request.POST or None, initial={"representative": by})
    seen = Seen.of(request, "", _namesakes)
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        try:
            organisation = take_on(
                form.new, owner=owner, as_seen=seen.is_still, by=by, at=clock.now()
            )
        except NamesakeHere as refusal:
            form.add_error("name", str(refusal))
        except organisations.VatNumberMalformed as refusal:
            form.add_error("vat_number", str(refusal))
        except organisations.RegistrationNumberMalformed as refusal:
            form.add_error("registration_number", str(refusal))
        except organisations.PostalCodeMissing as refusal:
            form.add_error("postal_code", str(refusal))
        except (
            organisations.CustomerNumberTaken,
            organisations.CustomerNumberTooHigh,
        ) as refusal:
            form.add_error("customer_number", str(refusal))
        except people.WorksForTheVendor as refusal:
            form.add_error("owner", str(refusal))
        else:
            sentence = _("%(organisation)s is here. An invitation is on its way to %(email)s.")
            said = sentence % {"organisation": organisation, "email": owner}
            return done(request, said, "backoffice:customer", organisation.pk)
    return form_page(request, "backoffice/new_customer.html", form, {}, seen=seen)


def _namesakes(name: str) -> dict[str, object]:
    """What a person who takes on another of this name has seen; before it is typed, nothing."""
    return {"namesakes": [each.pk for each in queries.namesakes(name)]}


@staff_view(TAKES_ON)
@read_or_submit
def change_partner(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    form = PartnerForm(request.POST or None, organisation=organisation)
    if form.is_valid():
        try:
            organisations.change_partner(
                organisation, **form.cleaned_data, by=person_of(request), at=clock.now()
            )
        except organisations.NotAPartner as refusal:
            form.add_error("partner", str(refusal))
        else:
            sentence = _("Its partner is changed. Questions that are asked from now on go there.")
            return done(request, sentence, "backoffice:customer", organisation_id)
    context = {"organisation": organisation}
    return form_page(request, "backoffice/change_partner.html", form, context)
