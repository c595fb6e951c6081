"""What staff fill in to take on a customer."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.money import Currency
from catalog.queries import seller_for
from customers import queries
from customers.models import Duty, Organisation, Person
from customers.operations.organisations import NewOrganisation
from portal.backoffice.forms import WhoIsBilledForm
from portal.pages.forms_people import PartnerField


class NewCustomerForm(WhoIsBilledForm):
    kind = forms.TypedChoiceField(
        label=_("Kind"), choices=Organisation.Kind.choices, coerce=Organisation.Kind
    )
    customer_number = forms.CharField(
        label=_("Customer number"),
        help_text=_("Empty: the next number that is free."),
        max_length=20,
        required=False,
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        help_text=_("Of its prices and invoices; it stays."),
        required=False,
        choices=[("", _("That of whoever sells in the country")), *((c, c) for c in Currency)],
    )
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Of its invoices, and of the invitation."),
        choices=settings.LANGUAGES,
    )
    partner = PartnerField(
        label=_("Partner"),
        help_text=_("Who answers its questions, if not we do."),
        queryset=None,
        required=False,
    )
    representative: forms.ModelChoiceField[Person] = forms.ModelChoiceField(
        label=_("Representative"),
        help_text=_("Who of ours answers its questions where there is no partner."),
        queryset=None,
        required=False,
    )
    owner = forms.EmailField(
        label=_("E-mail address of its first owner"),
        help_text=_("Gets an invitation, and decides who else comes in."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    field_order = ("kind", "name", "customer_number", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partner = cast("PartnerField", self.fields["partner"])
        partner.queryset = queries.partners()
        staff = cast("forms.ModelChoiceField[Person]", self.fields["representative"])
        staff.queryset = queries.staff_with_duty(Duty.SALES)
        self.initial.setdefault("country", "NL")

    @property
    def new(self) -> NewOrganisation:
        given = {name: value for name, value in self.cleaned_data.items() if name != "owner"}
        given["currency"] = given["currency"] or seller_for(given["country"]).currency
        return NewOrganisation(**given)
