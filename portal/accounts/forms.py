from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SignupForm
from allauth.core import context
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers import clock
from customers.operations import profiles, sign_ups
from portal.accounts import developers, invited
from portal.countries import COUNTRIES, country_name
from portal.one_line import LineField

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Person


PASSWORD_LABELS = {
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password (again)"),
}


class NameForm(forms.Form):
    name = LineField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class _OwnLabels(forms.Form):
    """The library writes Every Word With A Capital."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in PASSWORD_LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
                self.fields[name].widget.attrs["placeholder"] = label


class PortalChangePasswordForm(_OwnLabels, ChangePasswordForm):  # type: ignore[misc]
    pass


class PortalResetPasswordKeyForm(_OwnLabels, ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class PortalSignupForm(SignupForm):  # type: ignore[misc]
    """An account for the invited address, which cannot be typed; or for a developer's own.

    A developer confirms the address by mail before the account opens, and names the company.
    """

    name = LineField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    organisation = LineField(
        label=_("Your company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(label=_("Country"))
    field_order = ("email", "name", "organisation", "country", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invitation = invited.invitation_of(context.request)
        self.as_developer = invitation is None and developers.is_one(context.request)
        if self.as_developer:
            self.fields["country"].choices = countries(get_language() or "en")
            self.initial["country"] = "NL"
            return
        del self.fields["organisation"], self.fields["country"]
        self.initial["email"] = invitation.email if invitation else ""
        self.fields["email"].disabled = True

    def custom_signup(self, request: HttpRequest, user: Person) -> None:
        language = get_language() or ""
        profiles.introduce(user, name=self.cleaned_data["name"], language=language)
        if self.as_developer:
            sign_ups.sign_up(
                user,
                name=self.cleaned_data["organisation"],
                country=self.cleaned_data["country"],
                at=clock.now(),
            )
            developers.forget(request)


def countries(language: str) -> list[tuple[str, str]]:
    """Of ISO 3166, by their name in the language."""
    named = [(code, country_name(code, language)) for code in COUNTRIES]
    return sorted(named, key=lambda pair: pair[1])
