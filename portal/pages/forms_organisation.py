"""Who is billed, and what an invoice says for the customer: filled in by the customer or staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.identity import VAT_NUMBERS_SHOWN
from customers.models import InvoiceLanguage
from customers.operations.organisations import (
    BillingDetails,
    EndpointMalformed,
    EndpointMistyped,
    PostalCodeMissing,
    RegistrationNumberMalformed,
    SchemeUnknown,
    VatNumberMalformed,
    malformed,
)
from portal.formatting import locale_of
from portal.one_line import LineField
from portal.pages.presenters.subscriptions import language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from customers.models import Organisation
    from customers.refusals import Refusal

# Which field says what an operation refused.
REFUSED_FOR: Mapping[type[Refusal], str] = {
    VatNumberMalformed: "vat_number",
    RegistrationNumberMalformed: "registration_number",
    PostalCodeMissing: "postal_code",
    EndpointMalformed: "endpoint_scheme",
    SchemeUnknown: "endpoint_scheme",
    EndpointMistyped: "endpoint_id",
}


class NameAndAddressForm(forms.Form):
    name = LineField(label=_("Name on the invoice"), max_length=200)
    street = LineField(label=_("Street and number"), max_length=200, required=False)
    postal_code = LineField(label=_("Postal code"), max_length=20, required=False)
    city = LineField(label=_("City"), max_length=100, required=False)
    vat_number = LineField(label=_("VAT number"), max_length=20, required=False)
    registration_number = LineField(label=_("Registration number"), max_length=30, required=False)


class ReferencesForm(forms.Form):
    buyer_reference = LineField(
        label=_("Your reference"),
        help_text=_("What the customer wants to find on its invoices."),
        max_length=100,
        required=False,
    )
    order_number = LineField(label=_("Order number"), max_length=100, required=False)
    invoice_language = forms.ChoiceField(
        label=_("Language of the invoices"),
        help_text=_("Each can be read in Dutch and English as well."),
        choices=InvoiceLanguage.choices,
    )
    endpoint_scheme = LineField(
        label=_("E-invoice scheme"),
        help_text=_(
            "Leave it empty: where electronic invoices go follows from country and numbers. For "
            "another address, four digits say what kind of number that is: 0106 a number of the "
            "Dutch trade register, 0190 a Dutch OIN, 0192 a Norwegian organisation number."
        ),
        max_length=4,
        required=False,
    )
    endpoint_id = LineField(label=_("E-invoice address"), max_length=50, required=False)

    def clean(self) -> dict[str, Any]:
        """Everything that is wrong with its numbers at once; the operation would say the first."""
        typed = super().clean() or self.cleaned_data
        country = typed.get("country") or self.initial.get("country", "")
        known = dict.fromkeys(self.fields, "") | typed | {"country": country}
        for refusal in list(malformed(BillingDetails(**known))):
            field = REFUSED_FOR[type(refusal)]
            if field not in self.errors:
                self.add_error(field, _said(refusal, country))
        return typed


class OwnDetailsForm(ReferencesForm, NameAndAddressForm):
    """What a customer changes itself; its country, and with that its seller, is for staff."""

    buyer_reference = LineField(
        label=_("Your reference"),
        help_text=_("What you want to find on your invoices."),
        max_length=100,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.initial.get("country", "")
        if country in VAT_NUMBERS_SHOWN:
            self.fields["vat_number"].help_text = gettext("%(country)s: such as %(number)s.") % {
                "country": _name_of(country),
                "number": VAT_NUMBERS_SHOWN[country],
            }

    @staticmethod
    def shown(organisation: Organisation) -> dict[str, str]:
        """What the page says of it: by field, and the country that goes with them."""
        names = ("country", *OwnDetailsForm.base_fields)
        return {name: getattr(organisation, name) for name in names}

    def details(self, organisation: Organisation) -> BillingDetails:
        return BillingDetails(**self.cleaned_data, country=organisation.country)


def _said(refusal: Refusal, country: str) -> str:
    if not (isinstance(refusal, VatNumberMalformed) and country in VAT_NUMBERS_SHOWN):
        return str(refusal)
    return gettext("This is not a VAT number of %(country)s, such as %(number)s.") % {
        "country": _name_of(country),
        "number": VAT_NUMBERS_SHOWN[country],
    }


def _name_of(country: str) -> str:
    return str(locale_of(language()).territories.get(country, country))
