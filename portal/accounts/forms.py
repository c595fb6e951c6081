from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers.operations import people
from portal.accounts import invited

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Person


class InvitedSignupForm(SignupForm):  # type: ignore[misc]
    """An account for the invited address and no other; the address cannot be typed."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("email", "name", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invitation = invited.invitation_of(context.request)
        self.initial["email"] = invitation.email if invitation else ""
        self.fields["email"].disabled = True

    def custom_signup(self, request: HttpRequest, user: Person) -> None:  # noqa: ARG002
        people.introduce(user, name=self.cleaned_data["name"], language=get_language() or "")
