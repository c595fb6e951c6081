from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.form_rendering import OptionCards
from portal.pages.forms_subscriptions import offer_choices
from subscriptions.applications.models import ApplicationKind, AuthorisationStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import Organisation, Tenant

KIND_HINTS = {
    ApplicationKind.CUSTOM: _(
        "Made for one customer. The customer confirms, then the vendor's app manager grants it."
    ),
    ApplicationKind.STANDARD: _(
        "For many customers, from the App Store. The customer's administrator approves it."
    ),
}


class ApplicationForm(forms.Form):
    kind = forms.TypedChoiceField(
        label=_("Kind"),
        choices=ApplicationKind.choices,
        coerce=ApplicationKind,
        widget=OptionCards(hints={kind.value: hint for kind, hint in KIND_HINTS.items()}),
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    summary = forms.CharField(
        label=_("Summary"),
        help_text=_("What it does, in a sentence that a customer understands."),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    technical_contact = forms.EmailField(
        label=_("Technical contact"),
        help_text=_("Gets a mail when a customer revokes the authorisation."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class RequestForm(forms.Form):
    """Which tenant should let the application in, and a word to whoever decides."""

    tenant = forms.ChoiceField(
        label=_("Tenant"),
        error_messages={
            "invalid_choice": _("It has been asked for there already, or works there.")
        },
    )
    note = forms.CharField(
        label=_("Note for the customer"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, tenants: Iterable[Tenant], asking: Organisation, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tenants = {str(tenant.pk): tenant for tenant in tenants}
        names = [(key, _name(tenant, asking)) for key, tenant in self.tenants.items()]
        cast("forms.ChoiceField", self.fields["tenant"]).choices = names

    @property
    def tenant_chosen(self) -> Tenant:
        return self.tenants[self.cleaned_data["tenant"]]


def _name(tenant: Tenant, asking: Organisation) -> str:
    """With its customer, where that is somebody else."""
    if tenant.organisation == asking:
        return tenant.label
    return f"{tenant.organisation.name}: {tenant.label}"


class DecisionForm(forms.Form):
    """Which of the decisions the page offers; a revocation says why."""

    decision = forms.ChoiceField(
        choices=[(each, each) for each in ("approve", "confirm", "deny", "revoke")]
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") == "revoke" and not cleaned.get("reason"):
            self.add_error("reason", _("Say why: whoever built the application reads it."))
        return cleaned


class ApplicationFilter(forms.Form):
    hide_optional = True

    status = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *AuthorisationStatus.choices]
    )
    tenant = forms.TypedChoiceField(label=_("Tenant"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, tenants: Iterable[Tenant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self, "tenant", [(str(tenant.pk), tenant.label) for tenant in tenants])
