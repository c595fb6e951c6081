"""What staff enter so that documents can be made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.documents.reading import ACCOUNTING_CURRENCIES
from catalog.money import Currency
from portal.one_line import LineField

PAIRS = [
    (f"{currency}/{own}", f"{currency}/{own}")
    for currency in Currency
    for own in sorted(set(ACCOUNTING_CURRENCIES.values()))
    if currency != own
]


class ExchangeRateForm(forms.Form):
    """What one unit of the first currency of a pair was worth in the second."""

    pair = forms.ChoiceField(
        label=_("Currencies"),
        help_text=_("EUR/NOK: how many kroner one euro was worth."),
        choices=PAIRS,
    )
    on = forms.DateField(
        label=_("Day"),
        help_text=_(
            "It counts for that day and the six days after it, where no later one is known."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    rate = forms.DecimalField(
        label=pgettext_lazy("of a currency", "Rate"),
        min_value=Decimal("0.000001"),
        max_digits=14,
        decimal_places=6,
        localize=True,
    )
    source = LineField(label=_("Source"), help_text=_("Norges Bank, for one."), max_length=100)
    is_certain = forms.BooleanField(
        label=_("It is right, however far from the last one"), required=False
    )

    @property
    def said(self) -> dict[str, Any]:
        """What is entered, by the names of `exchange_rates.enter`."""
        said = dict(self.cleaned_data)
        said["currency"], _slash, said["in_currency"] = said.pop("pair").partition("/")
        return said
