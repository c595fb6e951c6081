from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.validators import MaxValueValidator, validate_email
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Deployment, Environment
from portal.form_rendering import OptionCards, SelectWithReasons
from portal.one_line import LineField
from portal.pages.forms_subscriptions import offer_choices
from portal.pages.presenters.applications import ERRORS_HEARD
from subscriptions.applications.details import FIXED, Details
from subscriptions.applications.models import (
    ApplicationKind,
    ApplicationType,
    AuthorisationStatus,
)
from subscriptions.periods import LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from customers.models import Organisation, Tenant
    from subscriptions.applications.models import Application, Authorisation

KIND_HINTS = {
    ApplicationKind.CUSTOM: _(
        "Made for one customer. The customer confirms, then the vendor's app manager grants it. "
        "In production the customer's tenant needs a subscription to Development Tools."
    ),
    ApplicationKind.STANDARD: _(
        "For many customers, from the App Store. The customer's administrator approves it. "
        "It needs Development Tools on on-premise tenants only."
    ),
}
TYPE_HINTS = {
    ApplicationType.WEB: _(
        "Runs on a server. People sign in to it at the CRM platform; the tokens that it gets from "
        "the portal, with its secret, are its own."
    ),
    ApplicationType.NATIVE: _(
        "Runs on people's own machines, where nothing stays secret. It gets no tokens from the "
        "portal; people sign in at the CRM platform."
    ),
    ApplicationType.SERVER: _(
        "Runs on a server, without people. It gets tokens from the portal with its secret."
    ),
    ApplicationType.ERP_SYNC: _(
        "Keeps the CRM and an ERP system alike, and makes quotes. In production the customer's "
        "tenant needs a subscription to Development Tools, unless it is a standard application and "
        "the tenant is online."
    ),
    ApplicationType.EMPTY: _("Anything else. It gets tokens from the portal with its secret."),
}


class Addresses(forms.CharField):
    """E-mail addresses, one a line."""

    def clean(self, value: Any) -> Any:
        found = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        for address in found:
            validate_email(address)
        return list(dict.fromkeys(found))


class ApplicationForm(forms.Form):
    kind = forms.TypedChoiceField(
        label=_("Kind"),
        choices=ApplicationKind.choices,
        coerce=ApplicationKind,
        widget=OptionCards(hints={kind.value: hint for kind, hint in KIND_HINTS.items()}),
    )
    type = forms.TypedChoiceField(
        label=_("Type"),
        choices=ApplicationType.choices,
        coerce=ApplicationType,
        widget=OptionCards(hints={type_.value: hint for type_, hint in TYPE_HINTS.items()}),
    )
    name = LineField(label=_("Name"), max_length=100)
    summary = forms.CharField(
        label=_("Summary"),
        help_text=_("What it does, in a sentence that a customer understands."),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    technical_contact = forms.EmailField(
        label=_("Technical contact"),
        help_text=_("Gets a mail about all that those below hear of."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    error_mails = Addresses(
        label=_("Mail about errors to"),
        help_text=format_lazy("{} {}", ERRORS_HEARD, _("One a line.")),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    uninstall_mails = Addresses(
        label=_("Mail about uninstalling to"),
        help_text=_("Hear, beside the technical contact, when access ends. One a line."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DetailsForm(ApplicationForm):
    """The same afterwards; kind, type and name as long as nobody has judged it by them."""

    def __init__(self, application: Application, data: Any = None, *, is_fixed: bool) -> None:
        super().__init__(data, initial=self.shown(application))
        self.application = application
        if is_fixed:
            for name in FIXED:
                del self.fields[name]

    @classmethod
    def shown(cls, application: Application) -> dict[str, Any]:
        """What it says of the application, by field."""
        now = {name: getattr(application, name) for name in cls.base_fields}
        lists = {name: "\n".join(now[name]) for name in ("error_mails", "uninstall_mails")}
        return now | lists

    @property
    def details(self) -> Details:
        """What was typed, and what could not be as it is."""
        kept = {name: getattr(self.application, name) for name in FIXED}
        return Details(**(kept | self.cleaned_data))


# Asked for a tenant that is not chosen from the list (portal/js/by-choice.js).
BY_ID = {"data-shown-for": "tenant="}


def as_before(asked: Authorisation | None, tenants: Iterable[Tenant]) -> dict[str, Any]:
    """What `RequestForm` begins with when that is asked for again: nothing is typed anew.

    One of the `tenants` is chosen from the list, another named by its id, as before.
    """
    if asked is None:
        return {}
    note = {"note": asked.note}
    tenant = asked.tenant
    if tenant in tenants:
        return note | {"tenant": tenant.pk}
    return note | {
        "environment": tenant.environment,
        "identifier": tenant.identifier or tenant.serial_number,
        "contact_email": asked.contact_email,
    }


class RequestForm(forms.Form):
    """Which tenant should let the application in, and a word to whoever decides."""

    hide_optional = True

    tenant = forms.ChoiceField(
        label=_("Tenant"),
        required=False,
        widget=SelectWithReasons,
        error_messages={
            "invalid_choice": _("It has been asked for there already, or works there.")
        },
    )
    environment = forms.TypedChoiceField(
        label=_("Environment"),
        help_text=_("Of a tenant that you name by its id, as are the next two."),
        choices=Environment.choices,
        coerce=Environment,
        initial=Environment.PRODUCTION,
        required=False,
        empty_value=Environment.PRODUCTION,
        widget=SelectWithReasons(attrs=BY_ID),
    )
    identifier = LineField(
        label=_("Tenant id"),
        widget=forms.TextInput(attrs=BY_ID),
        help_text=_("Cust and a number; on-premise the serial number. The customer knows it."),
        required=False,
        max_length=30,
    )
    contact_email = forms.EmailField(
        label=_("Contact at the customer"),
        help_text=_("The e-mail address with which this person is known in the portal."),
        required=False,
        widget=forms.EmailInput(attrs=BY_ID),
    )
    note = forms.CharField(
        label=_("Note for the customer"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        tenants: Iterable[Tenant],
        published: Mapping[str, Collection[str]],
        asking: Organisation,
        is_builder: bool,
        **kwargs: Any,
    ) -> None:
        """`published`: by environment with which deployments the version there works."""
        super().__init__(*args, **kwargs)
        self.is_builder = is_builder
        self.is_published = bool(published)
        self.tenants = {str(tenant.pk): tenant for tenant in tenants}
        names = [(key, _name(tenant, asking)) for key, tenant in self.tenants.items()]
        if is_builder:
            names.insert(0, ("", str(_("Another tenant: by its id"))))
        cast("forms.ChoiceField", self.fields["tenant"]).choices = names
        self._give_reasons("tenant", {key: _unfit(t, published) for key, t in self.tenants.items()})
        elsewhere = (each for each in Environment.values if each not in published)
        self._give_reasons("environment", dict.fromkeys(elsewhere, _("not published there")))
        if not is_builder:
            self.fields["tenant"].required = True
            for name in ("environment", "identifier", "contact_email"):
                del self.fields[name]

    def _give_reasons(self, field: str, reasons: Mapping[str, Any]) -> None:
        """Why a choice is there and cannot be made."""
        widget = cast("SelectWithReasons", self.fields[field].widget)
        widget.reasons = {value: str(reason) for value, reason in reasons.items() if reason}

    def clean(self) -> dict[str, Any]:
        """By its id takes a contact there as well: who knows neither is told nothing."""
        cleaned = super().clean() or self.cleaned_data
        if self.is_builder and not self.errors and not cleaned.get("tenant"):
            for name in ("identifier", "contact_email"):
                if not cleaned.get(name):
                    self.add_error(name, _("Needed to ask a tenant by its id."))
        return cleaned

    @property
    def tenant_chosen(self) -> Tenant | None:
        """None when it is named by its id."""
        return self.tenants.get(self.cleaned_data["tenant"])


def _unfit(tenant: Tenant, published: Mapping[str, Collection[str]]) -> str:
    """Why the tenant cannot be asked; empty where it can."""
    environment = Environment(tenant.environment)
    if environment not in published:
        return gettext("not published in %(environment)s") % {"environment": environment.label}
    if tenant.deployment not in published[environment]:
        deployment = Deployment(tenant.deployment)
        return gettext("does not work with: %(deployment)s") % {"deployment": deployment.label}
    return ""


def _name(tenant: Tenant, asking: Organisation) -> str:
    """With its customer, where that is somebody else."""
    if tenant.organisation == asking:
        return tenant.label
    return f"{tenant.organisation.name}: {tenant.label}"


def last_day_field(*, required: bool = False) -> forms.DateField:
    """The day until which, and with which, an application is let in."""
    return forms.DateField(
        label=_("Last day"),
        help_text="" if required else _("Leave empty for as long as nobody revokes it."),
        required=required,
        validators=[MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(attrs={"type": "date", "max": f"{LAST_DAY}"}, format="%Y-%m-%d"),
    )


class EndForm(forms.Form):
    """Another day for what is let in already, and why."""

    prefix = "end"  # beside a form with fields of the same names

    valid_until = last_day_field()
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Whoever built the application reads it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ConsentForm(forms.Form):
    """A yes: until when, and to what."""

    valid_until = last_day_field()
    # What the page named; what it may do can have changed since.
    read = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_read(self) -> list[str]:
        return [each for each in self.cleaned_data["read"].split(",") if each]


class DecisionForm(ConsentForm):
    """Which of the decisions the page offers; a revocation says why."""

    hide_optional = False

    decision = forms.ChoiceField(
        choices=[(each, each) for each in ("approve", "agree", "confirm", "deny", "revoke")]
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def offer_to_revoke(self) -> None:
        """The reason is not optional then, though another button beside it may need none."""
        self.hide_optional = True
        self.fields["reason"].help_text = _(
            "To revoke, say why: whoever built the application reads it."
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
