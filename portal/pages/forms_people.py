from __future__ import annotations

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Role
from portal.form_rendering import OptionCards
from portal.one_line import LineField

ROLE_HINTS = {
    Role.OWNER: _("May do everything, also decide who else comes in."),
    Role.TENANT_ADMINISTRATOR: _(
        "Orders and cancels; approves applications, and registers applications and asks for their "
        "authorisation. Sees usage and invoices, and asks for advice."
    ),
    Role.BILLING_CONTACT: _(
        "Changes the billing details: name, address, VAT number and where e-invoices go. Sees "
        "subscriptions, usage and invoices, and asks for advice."
    ),
    Role.DEVELOPER: _(
        "Registers applications and asks for their authorisation. Makes API tokens, which act as "
        "the organisation, and webhooks. Sees usage, but not what it costs, and asks for advice."
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
