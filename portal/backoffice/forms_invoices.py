"""Which issued invoices staff look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.queries import sellers
from portal.backoffice.forms import MonthField

if TYPE_CHECKING:
    from catalog.models import Seller


class InvoiceFilter(forms.Form):
    hide_optional = True

    q = forms.CharField(
        label=_("Search"),
        help_text=_("Invoice number, or name or number of the customer"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    seller: forms.ModelChoiceField[Seller] = forms.ModelChoiceField(
        label=_("Seller"),
        queryset=None,
        to_field_name="code",
        empty_label=_("All"),
        required=False,
    )
    month = MonthField(label=_("Month"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Seller]", self.fields["seller"]).queryset = sellers()
