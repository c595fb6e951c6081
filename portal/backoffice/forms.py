"""What staff fill in. Each form parses; the operations decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.bounds import Bounds
from catalog.queries import sellers
from customers import queries
from customers.models import Organisation, Role, TenantState
from customers.operations.organisations import BillingDetails
from portal.countries import COUNTRIES, country_name
from portal.one_line import LineField
from portal.pages.forms_applications import last_day_field
from portal.pages.forms_organisation import NameAndAddressForm, ReferencesForm
from portal.pages.forms_people import role_field
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant


class ConfirmedCountForm(forms.Form):
    """How many the person was shown who agreed to it."""

    confirmed = forms.IntegerField(min_value=1)


class ReasonForm(forms.Form):
    """Why: read by the customer, and kept in the history."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The customer reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RejectionForm(ReasonForm):
    """Why a version is not published: between us and who built it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The developer reads this.")


class SoonerEndForm(ReasonForm):
    """An earlier day until which an application is let in; the customer alone gives more time."""

    prefix = "end"  # beside a form with fields of the same names

    valid_until = last_day_field(required=True)

    field_order = ("valid_until", "reason")


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


class AuthorisationFilter(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        help_text=_("Application, its maker, tenant or customer"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *AuthorisationStatus.choices]
    )


class ApplicationSearch(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        help_text=_("Application, its maker, technical contact or client id"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    blocked = forms.BooleanField(label=_("Only what is blocked"), required=False)


class WhoIsBilledForm(NameAndAddressForm):
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Decides who sells to this organisation, and under which VAT rule."),
        choices=lambda: country_choices(COUNTRIES),
    )

    field_order: tuple[str, ...] | None = ("name", "street", "postal_code", "city", "country")


class BillingDetailsForm(ReferencesForm, WhoIsBilledForm):
    @staticmethod
    def shown(organisation: Organisation) -> dict[str, str]:
        """What the form starts with."""
        return {name: getattr(organisation, name) for name in BillingDetailsForm.base_fields}

    @property
    def details(self) -> BillingDetails:
        return BillingDetails(**self.cleaned_data)


class DeletionForm(ReasonForm):
    """With the fingerprint of what the person read who agrees."""

    confirmed = forms.CharField(max_length=32, widget=forms.HiddenInput)


class TenantStateForm(forms.Form):
    """Deleting has a page of its own, for it does not come back and ends subscriptions."""

    state = forms.TypedChoiceField(
        label=_("New state"), choices=TenantState.choices, coerce=lambda v: TenantState(int(v))
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.TypedChoiceField", self.fields["state"])
        left_out = (tenant.state, TenantState.DELETED)
        states = [choice for choice in TenantState.choices if choice[0] not in left_out]
        field.choices = [("", _("Choose a state")), *states]


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


class MonthField(forms.CharField):
    """A calendar month, as browsers write it: 2026-11."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-11"})
    default_error_messages = {"invalid": _("Write the month as year and number, such as 2026-11.")}

    def to_python(self, value: Any) -> Month | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from None


class SellerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(sellers(), label=_("Seller"), to_field_name="code", **kwargs)


class RunForm(forms.Form):
    """Which seller's which month."""

    hide_optional = True

    seller = SellerField(empty_label=None)
    month = MonthField(label=_("Month"))


def this_month(at: dt.datetime) -> Month:
    """Where the first seller is, with which a form begins."""
    first = sellers().first()
    return Month.at(at, first.zone) if first else Month.of(at.date())


class AnnouncePriceForm(forms.Form):
    effective_on = forms.DateField(
        label=_("First day at the new price"),
        help_text=_("At least 30 days from now, so that everybody can still cancel."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class PreviewFilter(forms.Form):
    """Which rows of a month's preview; seller and month stay in the address."""

    hide_optional = True

    seller = forms.CharField(required=False, widget=forms.HiddenInput)
    month = forms.CharField(required=False, widget=forms.HiddenInput)
    q = LineField(
        label=_("Search"),
        help_text=_("Name or number of the customer"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("All")),
            ("changed", _("Changed")),
            ("held", _("Held or failed")),
            ("new", _("New")),
            ("gone", _("Gone")),
            ("same", _("As last month")),
        ],
    )


class ItemFilter(forms.Form):
    """Which of those who are held or failed."""

    hide_optional = True

    q = PreviewFilter.base_fields["q"]
    cause = forms.CharField(required=False, widget=forms.HiddenInput)


class InternalReasonForm(forms.Form):
    """Why: for the vendor's staff alone."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Only our own staff reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReviewForm(InternalReasonForm):
    """`confirmed` is what the page showed of what holds the customer."""

    confirmed = forms.CharField(max_length=200, widget=forms.HiddenInput)


class ExplanationForm(forms.Form):
    """Why it is in order that customers stay held or failed; `cause` when it is for all of one."""

    cause = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    explanation = forms.CharField(
        label=_("Explanation"),
        help_text=_("Why they go with a later month. Only our own staff reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HoldForm(InternalReasonForm):
    month = MonthField(
        label=_("Only the month"),
        help_text=_("Leave it empty to hold every month until you release it."),
        required=False,
    )

    field_order = ("month", "reason")


class LimitField(forms.DecimalField):
    """An amount of money, to the cent, above which somebody looks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=12, decimal_places=2, **kwargs)


class PolicyForm(InternalReasonForm):
    needs_approval = forms.BooleanField(
        label=_("Runs wait until somebody approves them"), required=False
    )
    times_last_month = forms.IntegerField(
        label=_("Hold a document of more than so many times last month's"),
        min_value=1,
        max_value=1000,
    )
    floor = LimitField(
        label=_("Compare with last month above the amount"),
        help_text=_("Without VAT, in the currency of the document."),
    )
    most_at_first = LimitField(
        label=_("Hold a document above the amount when last month had none"),
        help_text=_("Without VAT. A first document has nothing to be compared with."),
    )
    most_given_back = LimitField(
        label=_("Hold what gives back more than it charges, above the amount"),
        help_text=_(
            "With VAT, or without it where that is more. 0.00 holds every total below zero."
        ),
    )
    most_lines = forms.IntegerField(
        label=_("Hold a document of more lines than"), min_value=1, max_value=100_000
    )

    field_order = (
        "needs_approval",
        "times_last_month",
        "floor",
        "most_at_first",
        "most_given_back",
        "most_lines",
        "reason",
    )

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            times_last_month=self.cleaned_data["times_last_month"],
            floor=self.cleaned_data["floor"],
            most_at_first=self.cleaned_data["most_at_first"],
            most_given_back=self.cleaned_data["most_given_back"],
            most_lines=self.cleaned_data["most_lines"],
        )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer"),
        help_text=_("The customer gets it by mail and sees it in the portal."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


def country_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Countries by their name in the reader's language."""
    language = get_language() or settings.LANGUAGE_CODE
    return sorted(((code, country_name(code, language)) for code in codes), key=lambda c: c[1])
