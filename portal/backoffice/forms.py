"""What staff fill in on several screens. Each form parses; the operations decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.queries import sellers
from subscriptions.periods import Month


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


class InternalReasonForm(forms.Form):
    """Why: for the vendor's staff alone."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Only our own staff reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer"),
        help_text=_("The customer gets it by mail and sees it in the portal."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
