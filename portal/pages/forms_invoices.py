from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.pages.forms_subscriptions import offer_choices

if TYPE_CHECKING:
    from collections.abc import Iterable


class InvoiceFilter(forms.Form):
    hide_optional = True

    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self, "year", [(str(year), year) for year in years])
