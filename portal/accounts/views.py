from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from customers import account_addresses, clock
from customers.operations import people, profiles
from portal.access import person_of, public_view, signed_in_view
from portal.accounts import developers, invited
from portal.accounts.forms import NameForm
from portal.accounts.landing import landing_address, overview_address
from portal.responses.forms import done

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites you to what. A visitor signs in or makes an account; that accepts it."""
    try:
        found = people.invitation_behind(token, at=clock.now())
        if request.method == "POST" and request.user.is_authenticated:
            return _accept(request, token)
    except people.InvitationUnusable as refusal:
        context = {"refusal": refusal}
        return render(request, "pages/invitations/unusable.html", context, status=410)
    invited.remember(request, token)
    return render(
        request,
        "pages/invitations/invitation.html",
        {
            "invitation": found,
            "has_account": account_addresses.has_account(found.email),
            "is_for_me": request.user.is_authenticated
            and account_addresses.is_address_of(person_of(request), found.email),
        },
    )


def _accept(request: HttpRequest, token: str) -> HttpResponse:
    membership = people.accept_invitation(token, person=person_of(request), at=clock.now())
    invited.forget(request)
    sentence = _("Welcome to %(organisation)s") % {"organisation": membership.organisation}
    return done(request, sentence, overview_address(membership.organisation))


@public_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def developers_door(request: HttpRequest) -> HttpResponse:
    """What a developer gets here; from here one signs up without an invitation."""
    if request.method == "POST":
        developers.remember(request)
        return redirect("account_signup")
    return render(request, "pages/invitations/developers.html")


@signed_in_view
@require_http_methods(["GET", "HEAD", "POST"])
def change_name(request: HttpRequest) -> HttpResponse:
    """How others read who did something, and how letters begin."""
    person = person_of(request)
    form = NameForm(request.POST or None, initial={"name": person.name})
    if form.is_valid():
        profiles.change_name(person, name=form.cleaned_data["name"])
        sentence = _("You are called %(name)s from now on.") % {"name": person}
        return done(request, sentence, landing_address(person))
    return render(request, "account/name_change.html", {"form": form})


@public_view
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language; somebody signed in keeps it, in pages and in mail."""
    response = i18n.set_language(request)
    if request.user.is_authenticated:
        profiles.change_language(person_of(request), language=request.POST.get("language", ""))
    return response
