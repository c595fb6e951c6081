from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import queries
from customers.models import Organisation, Role
from portal.form_rendering import OptionCards

if TYPE_CHECKING:
    from customers.querysets import OrganisationQuerySet

ROLE_HINTS = {
    Role.OWNER: _("May do everything, also decide who else comes in."),
    Role.TENANT_ADMINISTRATOR: _("Orders, cancels and approves applications; sees invoices."),
    Role.BILLING_CONTACT: _("Sees subscriptions and invoices."),
    Role.DEVELOPER: _("Asks for the authorisation of custom applications."),
    Role.READER: _("Sees everything but invoices, and changes nothing."),
}


def role_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Role"),
        choices=Role.choices,
        coerce=Role,
        widget=OptionCards(hints={role.value: hint for role, hint in ROLE_HINTS.items()}),
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


class PartnerAccessForm(forms.Form):
    partner: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(
        label=_("Partner"), queryset=None
    )

    def __init__(self, *args: Any, customer: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners: OrganisationQuerySet = queries.partners_without_access_to(customer)
        self.fields["partner"].queryset = partners
        self.initial.setdefault("partner", customer.partner_id)
