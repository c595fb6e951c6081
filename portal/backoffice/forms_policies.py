"""What staff fill in about policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.bounds import Bounds
from catalog.policies import LONGEST, Policies
from customers.policies import DAY
from portal.backoffice.forms import InternalReasonForm
from portal.one_line import LineField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.models import ProductVersion
    from customers.policies import Range


class PortalPolicyForm(forms.Form):
    reason = LineField(
        label=_("Reason"),
        help_text=_("Colleagues read it beside the change."),
        max_length=300,
    )

    def __init__(self, *args: Any, bounds: Range, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = forms.IntegerField(
            label=_("Days") if bounds.unit == DAY else _("Seconds"),
            min_value=bounds.lowest,
            max_value=bounds.highest,
        )
        self.fields["instead_of"] = forms.IntegerField(
            widget=forms.HiddenInput, min_value=bounds.lowest, max_value=bounds.highest
        )
        self.order_fields(["value", "reason", "instead_of"])


class ProductPoliciesForm(forms.Form):
    notice_days = forms.IntegerField(
        label=_("Notice, in days"),
        help_text=_("Between asking to cancel and the earliest end at the end of a month."),
        min_value=0,
        max_value=LONGEST,
    )
    cancel_at_month_end = forms.BooleanField(
        label=_("Can be cancelled to the end of a month"), required=False
    )
    cancel_now = forms.BooleanField(
        label=_("Can be cancelled at once"),
        help_text=_("The days that are not used any more are credited."),
        required=False,
    )
    restore_days = forms.IntegerField(
        label=_("Applications come back within, in days"),
        help_text=_(
            "Who subscribes anew so soon after the end gets its applications back without "
            "asking anybody for consent."
        ),
        min_value=0,
        max_value=LONGEST,
    )
    needs_confirmation = forms.BooleanField(
        label=_("An order waits until staff confirm it"), required=False
    )
    charged_while_suspended = forms.BooleanField(
        label=_("Is charged while it is suspended"), required=False
    )
    reason = LineField(
        label=_("Reason"),
        help_text=_("Colleagues read it beside the change."),
        max_length=300,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Mapping[str, Any] | None, *, sold: ProductVersion) -> None:
        self.sold = sold
        super().__init__(data, initial={**sold.policy.as_json(), "version": sold.number})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        if not (cleaned["cancel_now"] or cleaned["cancel_at_month_end"]):
            self.add_error("cancel_at_month_end", _("There has to be a way to cancel."))
        if self.sold.needs_online_source and not cleaned["needs_confirmation"]:
            self.add_error("needs_confirmation", _("Staff make the copy, so the order waits."))
        return cleaned

    @property
    def policies(self) -> Policies:
        """The values on the form; those that are not on it stay."""
        stay = self.sold.policy.as_json()
        given = {name: self.cleaned_data[name] for name in stay if name in self.fields}
        return Policies.parse(stay | given)


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
