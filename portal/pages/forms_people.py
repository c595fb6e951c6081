from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import queries
from customers.models import Organisation, Role
from portal.form_rendering import OptionCards

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


class PartnerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable
    """Anybody can register as a partner under any name; the number is ours."""

    def label_from_instance(self, obj: Organisation) -> str:
        return f"{obj.name} · {obj.customer_number}"


class PartnerAccessForm(forms.Form):
    def __init__(self, *args: Any, customer: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"] = PartnerField(
            label=_("Partner"),
            help_text=_("With its customer number, which your partner can tell you."),
            queryset=queries.partners_without_access_to(customer),
        )
        self.initial.setdefault("partner", customer.partner_id)
