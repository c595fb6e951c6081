from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from billing.queries.days_of_use import used_where
from billing.queries.names_of_use import NOT_SAID
from billing.queries.usage import meter_names
from billing.queries.use_of_application import tenants_of
from portal.formatting import day_text
from portal.pages.forms_subscriptions import offer_choices
from portal.pages.presenters.subscriptions import language
from portal.pages.presenters.usage import month_text
from subscriptions.periods import Month
from subscriptions.queries import tenants_for_filter

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from django.http import QueryDict

    from billing.queries.days_of_use import Asked
    from billing.queries.names_of_use import NamesOfUse
    from billing.queries.usage import UsageMonth
    from billing.queries.use_of_application import AskedByMaker

    type Names = Mapping[int, str]


class FilterOfUse(forms.Form):
    """Sent by GET: the address is the question, and can be passed on."""

    hide_optional = True

    month = forms.ChoiceField(label=_("Month"), required=False)
    tenant = forms.TypedChoiceField(
        label=_("Tenant"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("There is no such tenant here.")},
    )
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

    def __init__(
        self, data: QueryDict, *, of: Asked, months: Iterable[dt.date], tenants: Callable[[], Names]
    ) -> None:
        """There is always one month: the one asked for, else the running one.

        Offered is what something was used of or on in it. What the address names beside that,
        and is there, stays chosen: its answer is that nothing was used. `tenants` are all there
        are, by id, asked for when the address names another one.
        """
        super().__init__(data.dict() | {"month": str(of.month)})
        self.all, self.where, self._tenants = of, used_where(of), tenants
        self._names_no_month = bool(data.get("month")) and self.month_in(data) is None
        month = cast("forms.ChoiceField", self.fields["month"])
        every = sorted({*months, of.month.first_day}, reverse=True)
        month.choices = [(f"{first:%Y-%m}", month_text(first)) for first in every]
        self._offer_places()
        days = (of.month.first_day.replace(day=n + 1) for n in range(of.month.days))
        offer_choices(self, "day", [(str(day.day), day_text(day, language())) for day in days])

    @staticmethod
    def month_in(data: QueryDict) -> Month | None:
        """The month asked for; None when it is none."""
        try:
            return Month.parse(data.get("month", ""))
        except ValueError:
            return None

    @property
    def is_mistaken(self) -> bool:
        """Whether the address names what there is not."""
        return not self.is_valid()

    @property
    def asked(self) -> Asked:
        """What is asked for; nothing at all where the address names what there is not."""
        if self.is_mistaken:
            return replace(self.all, applications=frozenset())
        wanted = self.cleaned_data
        return replace(
            self.all,
            tenant_id=wanted["tenant"],
            meter=wanted["meter"],
            applications=self._applications(),
            day=self.all.month.first_day.replace(day=wanted["day"]) if wanted["day"] else None,
        )

    def clean_month(self) -> str:
        """What is chosen is there; what was asked for may be no month."""
        if self._names_no_month:
            raise forms.ValidationError(_("This is no month. The address names one as 2026-11."))
        return str(self.cleaned_data["month"])

    def _applications(self) -> frozenset[str] | None:
        return None

    def _offer_places(self) -> None:
        tenants = {str(pk): label for pk, label in self.where.tenants.items()}
        wanted = self.data.get("tenant")
        if wanted and wanted not in tenants:
            others = {str(pk): label for pk, label in self._tenants().items()}
            tenants |= {pk: others[pk] for pk in others if pk == wanted}
        offer_choices(self, "tenant", tenants.items())
        used = self.where.meters | {self.data.get("meter")}
        names = meter_names(language())
        offer_choices(self, "meter", [(c, name) for c, name in names.items() if c in used])


class UsageFilter(FilterOfUse):
    """Of what an organisation used."""

    application = forms.ChoiceField(label=_("Application"), required=False)
    field_order = ("month", "tenant", "application", "meter", "day")

    def __init__(self, data: QueryDict, *, found: UsageMonth, names: NamesOfUse) -> None:
        def tenants() -> Names:
            own = tenants_for_filter(found.asked.organisation)
            return {each.pk: each.label for each in own}

        super().__init__(data, of=found.asked, months=found.months, tenants=tenants)
        self._names = names
        self.data = {**self.data, "application": self._name_of(data.get("application", ""))}
        self._offer_applications()

    def _applications(self) -> frozenset[str] | None:
        name = self.cleaned_data["application"]
        return self._names.said_of(name, self.where.applications) if name else None

    def _offer_applications(self) -> None:
        """Any name is one: it may have been used in another month."""
        names = {self._names.of(each) for each in self.where.applications}
        names |= {self.data["application"]} - {""}
        ordered = sorted(names, key=lambda name: (name == NOT_SAID, name.casefold(), name))
        not_said = translated("Not said which")
        offer_choices(self, "application", [(n, not_said if n == NOT_SAID else n) for n in ordered])

    def _name_of(self, asked: str) -> str:
        """A client id stands for the application that it is of."""
        is_name = any(self._names.of(each) == asked for each in self.where.applications)
        return asked if is_name or not asked else self._names.of(asked)


class MakersFilter(FilterOfUse):
    """Of what an application used, for whoever built it."""

    def __init__(self, data: QueryDict, *, of: AskedByMaker, months: Iterable[dt.date]) -> None:
        super().__init__(data, of=of, months=months, tenants=lambda: tenants_of(of.application))
