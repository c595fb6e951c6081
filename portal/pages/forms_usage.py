from __future__ import annotations

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

    from billing.queries.usage import DayOfUse, UsageMonth


class UsageFilter(forms.Form):
    hide_optional = True

    month = forms.ChoiceField(label=_("Month"), required=False)
    tenant = forms.TypedChoiceField(label=_("Tenant"), required=False, coerce=int, empty_value=None)
    meter = forms.ChoiceField(label=_("Meter"), required=False)

    def __init__(self, data: QueryDict, *, found: UsageMonth) -> None:
        """There is always one month: the one asked for, else the running one."""
        super().__init__({**data.dict(), "month": str(found.month)})
        names = meter_names(language())
        months = sorted({*found.months, found.month.first_day}, reverse=True)
        month = cast("forms.ChoiceField", self.fields["month"])
        month.choices = [(f"{first:%Y-%m}", month_text(first)) for first in months]
        tenants = {row.tenant_id: row.tenant for row in found.days}
        offer_choices(self, "tenant", [(str(pk), label) for pk, label in tenants.items()])
        used = {row.meter for row in found.days}
        offer_choices(self, "meter", [(c, name) for c, name in names.items() if c in used])

    @staticmethod
    def month_in(data: QueryDict) -> Month | None:
        """The month asked for; None when it is none."""
        try:
            return Month.parse(data.get("month", ""))
        except ValueError:
            return None

    def choose(self, days: Iterable[DayOfUse]) -> list[DayOfUse]:
        self.is_valid()
        tenant, meter = self.cleaned_data.get("tenant"), self.cleaned_data.get("meter")
        return [
            row
            for row in days
            if (not tenant or row.tenant_id == tenant) and (not meter or row.meter == meter)
        ]
