from __future__ import annotations

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Role
from portal.form_rendering import OptionCards
from portal.one_line import LineField

ROLE_HINTS = {
    Role.OWNER: _("May do everything, also decide who else comes in."),
    Role.TENANT_ADMINISTRATOR: _("Orders, cancels and approves applications; sees invoices."),
    Role.BILLING_CONTACT: _("Sees subscriptions, usage and invoices."),
    Role.DEVELOPER: _(
        "Asks for the authorisation of custom applications; sees usage, but not what it costs."
    ),
    Role.READER: _("Sees everything but usage and invoices, and changes nothing."),
}


def role_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Role"),
        choices=Role.choices,
        coerce=Role,
        widget=OptionCards(hints=cast("dict[str, str]", ROLE_HINTS)),  # lazy strings
    )


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = role_field()


class RoleForm(forms.Form):
    role = role_field()


class PartnerNumberForm(forms.Form):
    """Which partner; `confirmed` once somebody has read its name."""

    customer_number = LineField(
        label=_("The partner's customer number"),
        help_text=_("Your partner can tell you. You see its name before you let it in."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
