"""What staff fill in about billing runs, their previews and whom they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.queries import sellers
from portal.backoffice.forms import InternalReasonForm, MonthField, SellerField
from portal.one_line import LineField
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt


class RunForm(forms.Form):
    """Which seller's which month."""

    hide_optional = True

    seller = SellerField(empty_label=None)
    month = MonthField(label=_("Month"))


def this_month(at: dt.datetime) -> Month:
    """Where the first seller is, with which a form begins."""
    first = sellers().first()
    return Month.at(at, first.zone) if first else Month.of(at.date())


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
            ("done", _("Already invoiced")),
        ],
    )


class ItemFilter(forms.Form):
    """Which of those who are held or failed."""

    hide_optional = True

    q = PreviewFilter.base_fields["q"]
    cause = forms.CharField(required=False, widget=forms.HiddenInput)


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
