"""Which issued invoices staff look for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.backoffice.forms import MonthField, SellerField
from portal.one_line import LineField


class InvoiceFilter(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        help_text=_("Invoice number, or name or number of the customer"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    seller = SellerField(empty_label=_("All"), required=False)
    month = MonthField(label=_("Month"), required=False)
