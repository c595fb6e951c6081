"""Who belongs to an organisation, in which role, and which partner may act for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock, queries
from customers.operations import organisations
from customers.operations import people as members
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.refusals import Refusal
from portal import leaving
from portal.access import Permission, Seat, organisation_view
from portal.accounts.landing import landing_address
from portal.pages.forms_people import InvitationForm, PartnerNumberForm, RoleForm
from portal.responses.forms import done, filled_in, read_or_submit, refused, told
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from customers.models import Membership, Organisation


@organisation_view(Permission.VIEW)
@require_safe
def people(request: HttpRequest, seat: Seat) -> HttpResponse:
    organisation = seat.organisation
    every_member = queries.members_of(organisation)
    context = {
        "seat": seat,
        "page": page_of(request, every_member, of=ROWS_OF_CUSTOMERS),
        "only_owner": queries.only_owner_of(organisation),
        "invitations": queries.open_invitations_of(organisation, clock.now()),
        "accesses": queries.partner_access_of(organisation),
    }
    return render(request, "pages/people/people.html", context)


@organisation_view(Permission.MANAGE_PEOPLE)
@read_or_submit
def invite(request: HttpRequest, seat: Seat) -> HttpResponse:
    form = InvitationForm(request.POST or None)

    def carry_out() -> HttpResponse:
        invitation, _token = members.invite(
            seat.organisation, **form.cleaned_data, by=seat.person, at=clock.now()
        )
        sentence = _("An invitation is on its way to %(email)s.") % {"email": invitation.email}
        return done(request, sentence, "pages:people", seat.organisation.pk)

    lasts = in_force(Policy.INVITATION_LASTS)
    template, context = "pages/people/invite.html", {"seat": seat, "lasts_days": lasts.days}
    return filled_in(request, template, form, context, then=carry_out, blamed="email")


@organisation_view(Permission.MANAGE_PEOPLE)
@require_POST
def withdraw_invitation(request: HttpRequest, seat: Seat, invitation_id: int) -> HttpResponse:
    at = clock.now()
    invitation = get_object_or_404(
        queries.open_invitations_of(seat.organisation, at), pk=invitation_id
    )

    def withdraw() -> str:
        members.withdraw_invitation(invitation, by=seat.person, at=at)
        return _("The invitation is withdrawn; its link no longer works.")

    return told(request, withdraw, "pages:people", seat.organisation.pk)


@organisation_view(Permission.MANAGE_PEOPLE)
@read_or_submit
def change_role(request: HttpRequest, seat: Seat, membership_id: int) -> HttpResponse:
    membership = _member(seat, membership_id)
    form = RoleForm(request.POST or None, initial={"role": membership.role})

    def carry_out() -> HttpResponse:
        role = form.cleaned_data["role"]
        leaving.change_role(membership, role=role, by=seat.person, at=clock.now())
        return done(request, _("The role is changed."), _back_or_home(seat, membership))

    template, context = "pages/people/change_role.html", _with_what_they_made(seat, membership)
    return filled_in(request, template, form, context, then=carry_out, blamed="role")


@organisation_view(Permission.MANAGE_PEOPLE)
@read_or_submit
def remove_member(request: HttpRequest, seat: Seat, membership_id: int) -> HttpResponse:
    membership = _member(seat, membership_id)
    if request.method == "POST":
        try:
            leaving.remove_member(membership, by=seat.person, at=clock.now())
        except Refusal as refusal:
            return refused(request, refusal, "pages:people", seat.organisation.pk)
        sentence = _("%(person)s is no longer a member.") % {"person": membership.person}
        return done(request, sentence, _back_or_home(seat, membership))
    context = _with_what_they_made(seat, membership)
    return render(request, "pages/people/remove_member.html", context)


@organisation_view(Permission.MANAGE_PEOPLE)
@read_or_submit
def grant_partner_access(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Asks for the partner's number, then with its name whether that is the one."""
    form = PartnerNumberForm(request.POST or None)
    template, context = "pages/people/grant_partner_access.html", {"seat": seat}

    def carry_out() -> HttpResponse:
        partner = _let_in_once_confirmed(seat, form)
        if not form.cleaned_data["confirmed"]:
            return render(request, template, {**context, "form": form, "partner": partner})
        sentence = _("%(partner)s can now act for you.") % {"partner": partner}
        return done(request, sentence, "pages:people", seat.organisation.pk)

    return filled_in(request, template, form, context, then=carry_out, blamed="customer_number")


@organisation_view(Permission.MANAGE_PEOPLE)
@read_or_submit
def withdraw_partner_access(request: HttpRequest, seat: Seat, access_id: int) -> HttpResponse:
    access = get_object_or_404(queries.partner_access_of(seat.organisation), pk=access_id)
    if request.method != "POST":
        context = {"seat": seat, "access": access}
        return render(request, "pages/people/withdraw_partner_access.html", context)

    def withdraw() -> str:
        organisations.withdraw_partner_access(access, by=seat.person, at=clock.now())
        return _("%(partner)s can no longer act for you.") % {"partner": access.partner}

    return told(request, withdraw, "pages:people", seat.organisation.pk)


def _let_in_once_confirmed(seat: Seat, form: PartnerNumberForm) -> Organisation:
    partner = organisations.partner_to_let_in(
        seat.organisation, number=form.cleaned_data["customer_number"]
    )
    if form.cleaned_data["confirmed"]:
        organisations.grant_partner_access(
            seat.organisation, partner=partner, by=seat.person, at=clock.now()
        )
    return partner


def _member(seat: Seat, membership_id: int) -> Membership:
    return get_object_or_404(queries.members_of(seat.organisation), pk=membership_id)


def _with_what_they_made(seat: Seat, membership: Membership) -> dict[str, object]:
    made = leaving.made_by(membership.person, seat.organisation, clock.now())
    return {"seat": seat, "membership": membership, "made": made}


def _back_or_home(seat: Seat, membership: Membership) -> str:
    """Who changed their own place may no longer come back to this page."""
    if membership.person_id == seat.person.pk:
        return landing_address(seat.person)
    return reverse("pages:people", args=[seat.organisation.pk])
