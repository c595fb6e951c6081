"""What staff fill in about what the CRM platform is told."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.backoffice.forms_days import DaysForm
from portal.one_line import LineField
from subscriptions.provisioning.models import FactState, FactType
from subscriptions.provisioning.staff_queries import Wanted


class FactFilter(DaysForm):
    """Which facts; every field may stay empty."""

    hide_optional = True
    field_order = ("tenant", "kind", "state", "first", "last")

    tenant = LineField(
        label=_("Tenant"),
        help_text=_("Its identifier, such as Cust12345"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), *FactType.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *FactState.choices]
    )

    @property
    def wanted(self) -> Wanted:
        """Days are whole ones where the back office is, both included."""
        cleaned = self.cleaned_data
        return Wanted(
            tenant=cleaned["tenant"],
            kind=cleaned["kind"],
            state=cleaned["state"],
            since=_start_of(cleaned["first"]),
            until=_end_of(cleaned["last"]),
        )


class RangeForm(forms.Form):
    """Numbers of one tenant's facts, both included."""

    first = forms.IntegerField(label=_("From number"), min_value=1)
    last = forms.IntegerField(label=_("To number"), min_value=1)


class ConfirmedRangeForm(RangeForm):
    """The same, and how many facts the person was shown who agreed to it."""

    confirmed = forms.IntegerField(min_value=1)


def _start_of(day: dt.date | None) -> dt.datetime | None:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min)) if day else None


def _end_of(day: dt.date | None) -> dt.datetime | None:
    """The last day that there is has no day after it, and no end."""
    return _start_of(day + dt.timedelta(days=1)) if day and day < dt.date.max else None
