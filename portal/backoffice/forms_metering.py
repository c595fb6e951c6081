"""What staff fill in about metering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.metering.models import ApiCredential
from billing.metering.refused_queries import Wanted
from portal.backoffice.forms_days import DaysForm
from portal.one_line import LineField
from portal.pages.presenters.refused_use import BECAUSE
from subscriptions.applications.staff_queries import every_application

if TYPE_CHECKING:
    from subscriptions.applications.models import Application


class MeterPolicyForm(forms.Form):
    accepts_late = forms.BooleanField(
        label=_("Accept events of a month that is invoiced"),
        help_text=_("They come on the next invoice, on a line that names their own period."),
        required=False,
    )
    max_age_days = forms.IntegerField(
        label=_("Oldest event accepted, in days"), min_value=1, max_value=3000
    )
    detail_months = forms.IntegerField(
        label=_("Keep single events for, in months"),
        help_text=_("After that only the totals per day remain; they never change by it."),
        min_value=2,
        max_value=120,
    )
    reason = LineField(label=_("Reason"), max_length=300)


class CredentialForm(forms.Form):
    """For the platform when no application is chosen."""

    name = LineField(
        label=_("Name"), help_text=_("Where it is used, so that you know it again."), max_length=100
    )
    scope = forms.ChoiceField(
        label=_("For"),
        choices=ApiCredential.Scope.choices,
        initial=ApiCredential.Scope.USAGE_WRITE,
    )
    application: forms.ModelChoiceField[Application] = forms.ModelChoiceField(
        label=_("Application"),
        help_text=_("An application speaks for itself only, about tenants that let it in."),
        queryset=None,
        required=False,
        empty_label=_("None: the platform, for every tenant"),
    )
    reference = LineField(
        label=_("Client id"),
        help_text=_(
            "What the application's events say in “application”, and their “source” before a slash."
        ),
        max_length=80,  # a source has 100 characters, and begins with it
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Application]", self.fields["application"])
        field.queryset = every_application()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("application") and not cleaned.get("reference"):
            self.add_error("reference", _("An application has a client id."))
        introspects = cleaned.get("scope") == ApiCredential.Scope.TOKENS_INTROSPECT
        if cleaned.get("application") and introspects:
            self.add_error(
                "scope",
                _("Only the platform asks about everybody's tokens; a client asks about its own."),
            )
        return cleaned


class RefusedFilter(DaysForm):
    """Which refused usage; every field may stay empty."""

    hide_optional = True
    field_order = ("customer", "code", "first", "last")

    customer = LineField(
        label=_("Customer"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    code = forms.ChoiceField(
        label=_("Because"), required=False, choices=[("", _("All")), *BECAUSE.items()]
    )

    @property
    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data)


class LookedAtForm(forms.Form):
    """The last day that the person was shown."""

    until = forms.DateField()
