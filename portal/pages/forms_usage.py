from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.queries.usage import meter_names
from portal.pages.forms_subscriptions import offer_choices
from portal.pages.presenters.subscriptions import language
from portal.pages.presenters.usage import month_text
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import QueryDict

    from billing.queries.days_of_use import Asked
    from billing.queries.usage import UsageMonth


class UsageFilter(forms.Form):
    hide_optional = True

    month = forms.ChoiceField(label=_("Month"), required=False)
    tenant = forms.TypedChoiceField(label=_("Tenant"), required=False, coerce=int, empty_value=None)
    meter = forms.ChoiceField(label=_("Meter"), required=False)

    def __init__(
        self, data: QueryDict, *, found: UsageMonth, where: Iterable[tuple[int, str, str]]
    ) -> None:
        """There is always one month: the one asked for, else the running one.

        `where` names the tenants and meters of which something was used in it.
        """
        super().__init__({**data.dict(), "month": str(found.month)})
        names = meter_names(language())
        months = sorted({*found.months, found.month.first_day}, reverse=True)
        month = cast("forms.ChoiceField", self.fields["month"])
        month.choices = [(f"{first:%Y-%m}", month_text(first)) for first in months]
        where = list(where)
        tenants = {pk: label for pk, label, _meter in where}
        offer_choices(self, "tenant", [(str(pk), label) for pk, label in tenants.items()])
        used = {meter for _pk, _label, meter in where}
        offer_choices(self, "meter", [(c, name) for c, name in names.items() if c in used])

    @staticmethod
    def month_in(data: QueryDict) -> Month | None:
        """The month asked for; None when it is none."""
        try:
            return Month.parse(data.get("month", ""))
        except ValueError:
            return None

    def choose(self, asked: Asked) -> Asked:
        """What of it is asked for."""
        self.is_valid()
        return replace(
            asked,
            tenant_id=self.cleaned_data.get("tenant"),
            meter=self.cleaned_data.get("meter", ""),
        )
