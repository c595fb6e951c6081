from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from billing.queries.days_of_use import used_where
from billing.queries.names_of_use import NOT_SAID
from billing.queries.usage import meter_names
from portal.formatting import day_text
from portal.pages.forms_subscriptions import offer_choices
from portal.pages.presenters.subscriptions import language
from portal.pages.presenters.usage import month_text
from subscriptions.periods import Month
from subscriptions.queries import tenants_for_filter

if TYPE_CHECKING:
    from django.http import QueryDict

    from billing.queries.days_of_use import Asked, UsedWhere
    from billing.queries.names_of_use import NamesOfUse
    from billing.queries.usage import UsageMonth


class UsageFilter(forms.Form):
    """Sent by GET: the address is the question, and can be passed on."""

    hide_optional = True

    month = forms.ChoiceField(label=_("Month"), required=False)
    tenant = forms.TypedChoiceField(
        label=_("Tenant"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("This organisation has no such tenant.")},
    )
    application = forms.ChoiceField(label=_("Application"), required=False)
    meter = forms.ChoiceField(
        label=_("Meter"),
        required=False,
        error_messages={"invalid_choice": _("There is no such meter.")},
    )
    day = forms.TypedChoiceField(
        label=_("Day"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("This month has no such day.")},
    )

    def __init__(self, data: QueryDict, *, found: UsageMonth, names: NamesOfUse) -> None:
        """There is always one month: the one asked for, else the running one.

        Offered is what something was used of, on or by in it. What the address names beside
        that, and is there, stays chosen: its answer is that nothing was used.
        """
        self._names, self._all = names, found.asked
        where = used_where(found.asked)
        self._said = where.applications
        self._application = self._name_of(data.get("application", ""))
        said = {"month": str(found.month), "application": self._application}
        super().__init__(data.dict() | said)
        self._names_no_month = bool(data.get("month")) and self.month_in(data) is None
        self._offer_months(found)
        self._offer_places(where)
        self._offer_applications()
        days = (found.month.first_day.replace(day=n + 1) for n in range(found.month.days))
        offer_choices(self, "day", [(str(day.day), day_text(day, language())) for day in days])

    @staticmethod
    def month_in(data: QueryDict) -> Month | None:
        """The month asked for; None when it is none."""
        try:
            return Month.parse(data.get("month", ""))
        except ValueError:
            return None

    @property
    def asked(self) -> Asked:
        """What is asked for; nothing at all where the address names what there is not."""
        if not self.is_valid():
            return replace(self._all, applications=frozenset())
        wanted = self.cleaned_data
        name, day = wanted["application"], wanted["day"]
        return replace(
            self._all,
            tenant_id=wanted["tenant"],
            meter=wanted["meter"],
            applications=self._names.said_of(name, self._said) if name else None,
            day=self._all.month.first_day.replace(day=day) if day else None,
        )

    @property
    def is_mistaken(self) -> bool:
        """Whether the address names what there is not."""
        return not self.is_valid()

    def clean_month(self) -> str:
        """What is chosen is there; what was asked for may be no month."""
        if self._names_no_month:
            raise forms.ValidationError(_("This is no month. The address names one as 2026-11."))
        return str(self.cleaned_data["month"])

    def _offer_months(self, found: UsageMonth) -> None:
        months = sorted({*found.months, found.month.first_day}, reverse=True)
        month = cast("forms.ChoiceField", self.fields["month"])
        month.choices = [(f"{first:%Y-%m}", month_text(first)) for first in months]

    def _offer_places(self, where: UsedWhere) -> None:
        tenants = {str(pk): label for pk, label in where.tenants.items()}
        if self.data.get("tenant") and self.data["tenant"] not in tenants:
            own = {str(each.pk): each.label for each in tenants_for_filter(self._all.organisation)}
            tenants |= {pk: own[pk] for pk in own if pk == self.data["tenant"]}
        offer_choices(self, "tenant", tenants.items())
        used = where.meters | {self.data.get("meter")}
        names = meter_names(language())
        offer_choices(self, "meter", [(c, name) for c, name in names.items() if c in used])

    def _offer_applications(self) -> None:
        """Any name is one: it may have been used in another month."""
        names = {self._names.of(each) for each in self._said} | {self._application}
        ordered = sorted(names - {""}, key=lambda name: (name == NOT_SAID, name.casefold(), name))
        not_said = translated("Not said which")
        offer_choices(self, "application", [(n, not_said if n == NOT_SAID else n) for n in ordered])

    def _name_of(self, asked: str) -> str:
        """A client id stands for the application that it is of."""
        is_name = any(self._names.of(each) == asked for each in self._said)
        return asked if is_name or not asked else self._names.of(asked)
