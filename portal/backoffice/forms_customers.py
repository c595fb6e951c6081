"""What staff fill in about a customer: to find it, to take it on, who is billed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.money import Currency
from catalog.queries import seller_for
from customers import queries
from customers.languages import OF_COUNTRY, OF_OTHERS
from customers.models import Duty, InvoiceLanguage, Organisation, Person, Role
from customers.operations.organisations import BillingDetails, NewOrganisation
from portal.backoffice.forms import ReasonForm
from portal.countries import COUNTRIES, country_name
from portal.one_line import LineField
from portal.pages.forms_organisation import NameAndAddressForm, ReferencesForm
from portal.pages.forms_people import role_field

if TYPE_CHECKING:
    from collections.abc import Iterable


class CustomerFilter(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        help_text=_(
            "Name, customer, VAT or registration number, tenant identifier or serial number, "
            "a person’s name or whole e-mail address"
        ),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), *Organisation.Kind.choices]
    )
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        choices=lambda: [("", _("All")), *country_choices(queries.countries())],
    )


class WhoIsBilledForm(NameAndAddressForm):
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Decides who sells to this organisation, and under which VAT rule."),
        choices=lambda: country_choices(COUNTRIES),
    )

    field_order: tuple[str, ...] | None = ("name", "street", "postal_code", "city", "country")


class PartnerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable
    """Anybody can register as a partner under any name; the number is ours."""

    def label_from_instance(self, obj: Organisation) -> str:
        return f"{obj.name} · {obj.customer_number}"


class NewCustomerForm(WhoIsBilledForm):
    kind = forms.TypedChoiceField(
        label=_("Kind"), choices=Organisation.Kind.choices, coerce=Organisation.Kind
    )
    customer_number = LineField(
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
        label=_("Language of letters"),
        help_text=_("Of the invitation; later everybody chooses for themselves."),
        choices=settings.LANGUAGES,
    )
    invoice_language = forms.ChoiceField(
        label=_("Language of the invoices"),
        choices=InvoiceLanguage.choices,
        # Proposed by `follows-choice.js`.
        widget=forms.Select(
            attrs={
                "data-follows": "country",
                "data-proposed": json.dumps(OF_COUNTRY | {"": OF_OTHERS}),
            }
        ),
    )
    partner = PartnerField(
        label=_("Partner"),
        help_text=_("Who answers its questions, if not we do."),
        queryset=None,
        required=False,
        empty_label=_("No partner"),
    )
    representative: forms.ModelChoiceField[Person] = forms.ModelChoiceField(
        label=_("Representative"),
        help_text=_("Who of ours answers its questions where there is no partner."),
        queryset=None,
        required=False,
        empty_label=_("Nobody"),
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
        self.initial.setdefault("language", "nl")
        self.initial.setdefault(
            "invoice_language", OF_COUNTRY.get(self.initial["country"], OF_OTHERS)
        )

    @property
    def new(self) -> NewOrganisation:
        given = {name: value for name, value in self.cleaned_data.items() if name != "owner"}
        given["currency"] = given["currency"] or seller_for(given["country"]).currency
        return NewOrganisation(**given)


class PartnerForm(ReasonForm):
    partner = PartnerField(
        label=_("Partner"),
        help_text=_("Who answers its questions, if not we do. The customer itself lets it in."),
        queryset=None,
        required=False,
    )

    field_order = ("partner", "reason")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partner = cast("PartnerField", self.fields["partner"])
        partner.queryset = queries.partners()
        partner.initial = organisation.partner


class BillingDetailsForm(ReferencesForm, WhoIsBilledForm):
    @staticmethod
    def shown(organisation: Organisation) -> dict[str, str]:
        """What the form starts with."""
        return {name: getattr(organisation, name) for name in BillingDetailsForm.base_fields}

    @property
    def details(self) -> BillingDetails:
        return BillingDetails(**self.cleaned_data)


class InvitePersonForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = role_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("role", Role.OWNER)


def country_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Countries by their name in the reader's language."""
    language = get_language() or settings.LANGUAGE_CODE
    return sorted(((code, country_name(code, language)) for code in codes), key=lambda c: c[1])
