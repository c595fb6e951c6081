"""A second factor that somebody lost, of a colleague or of a customer's person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import clock, queries
from customers.models import Duty
from customers.operations import second_factors
from customers.refusals import Refusal
from portal.access import asks_who_it_is, person_of, staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms_staff import ResetForm
from portal.responses.forms import done, read_or_submit, refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from customers.models import Person

# Who invites a customer's people knows whom to call back.
RESETS = (Duty.SALES, Duty.OPERATIONS)


@staff_view(Duty.STAFF_MANAGER)
@asks_who_it_is
@read_or_submit
def reset_of_colleague(request: HttpRequest, person_id: int) -> HttpResponse:
    person = get_object_or_404(queries.staff(), pk=person_id)
    return _reset(request, person, "backoffice:colleague", person_id)


@staff_view(*RESETS)
@asks_who_it_is
@read_or_submit
def reset_of_member(request: HttpRequest, organisation_id: int, person_id: int) -> HttpResponse:
    """Not of a colleague who is also a customer's: that is for who manages the staff."""
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    member = queries.member_who_is_no_colleague(organisation, person_id)
    if member is None:
        raise Http404
    return _reset(request, member.person, "backoffice:customer", organisation_id)


def _reset(request: HttpRequest, person: Person, back_to: str, pk: int) -> HttpResponse:
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            second_factors.reset(person, **form.cleaned_data, by=person_of(request), at=clock.now())
        except Refusal as refusal:
            return refused(request, refusal, back_to, pk)
        sentence = _("The second factor of %(person)s is taken away; a letter tells them.")
        return done(request, sentence % {"person": person}, back_to, pk)
    context = {
        "person": person,
        "colleague": person if person.is_staff else None,
        "back_to": back_to,
        "back_pk": pk,
    }
    return form_page(request, "backoffice/reset_second_factor.html", form, context)
