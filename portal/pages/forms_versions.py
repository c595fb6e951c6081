from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers.models import Deployment, Environment
from portal.form_rendering import CheckCards
from subscriptions.applications.models import Capability, Scope
from subscriptions.applications.redirects import is_fit
from subscriptions.applications.version_queries import sends_back
from subscriptions.applications.versions import Settings

if TYPE_CHECKING:
    from subscriptions.applications.models import ApplicationVersion

OVERLAPS = (0, 1, 7, 30)  # days
CAPABILITY_HINTS = {
    Capability.MIRRORING: _(
        "A custom application needs a subscription to Database Mirroring for it, beside "
        "Development Tools, on each tenant online in production. A standard one brings it along."
    ),
}


class NeededLater(forms.MultipleChoiceField):
    """A draft is saved without it, and not published: it is not called optional."""

    hide_optional = True


class VersionForm(forms.Form):
    """What a version says; a line an address. What its type has no use for is not asked."""

    scopes = NeededLater(
        label=_("Scopes"),
        help_text=_("What it may be used for. At least one, to publish."),
        choices=Scope.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    capabilities = forms.MultipleChoiceField(
        label=_("Capabilities"),
        help_text=_("Adding one shuts the application out until each customer agrees again."),
        choices=Capability.choices,
        required=False,
        widget=CheckCards(hints={each.value: hint for each, hint in CAPABILITY_HINTS.items()}),
    )
    deployments = forms.MultipleChoiceField(
        label=_("Works with"),
        help_text=_("Only tenants of this kind can be asked for it, or find it."),
        choices=Deployment.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    redirect_uris = forms.CharField(
        label=_("Redirect addresses"),
        help_text=_("One a line, with https. People come back there after they signed in."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(
        label=_("What changed"),
        help_text=_("For the change log."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def of(cls, version: ApplicationVersion, data: Any = None) -> VersionForm:
        form = cls(data, initial=cls.shown(version))
        if not sends_back(version):
            del form.fields["redirect_uris"]
        return form

    @property
    def settings(self) -> Settings:
        wanted = {"redirect_uris": [], **self.cleaned_data}
        del wanted["note"]
        return Settings(**wanted)

    @staticmethod
    def shown(version: ApplicationVersion) -> dict[str, Any]:
        """What it says of the version, by field."""
        return {
            "scopes": version.scopes,
            "capabilities": version.capabilities,
            "deployments": version.deployments,
            "redirect_uris": "\n".join(version.redirect_uris),
            "note": version.note,
        }

    def clean_redirect_uris(self) -> list[str]:
        found = [line.strip() for line in self.cleaned_data["redirect_uris"].splitlines()]
        addresses = [line for line in found if line]
        for address in addresses:
            if not is_fit(address):
                raise forms.ValidationError(
                    _("“%(address)s” is not an address with https, or of this machine itself."),
                    params={"address": address},
                )
        return addresses


class EnvironmentForm(forms.Form):
    environment = forms.TypedChoiceField(choices=Environment.choices, coerce=Environment)


def _overlaps() -> list[tuple[int, str]]:
    """Asked when the form is made: in the reader's language."""
    return [(days, _days(days)) for days in OVERLAPS]


def _days(days: int) -> str:
    if not days:
        return gettext("Not at all: it and its tokens end now")
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


class RotationForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label=_("The old secret stays good"),
        choices=_overlaps,
        coerce=lambda days: dt.timedelta(days=int(days)),
        initial=7,
        help_text=_("Long enough to give the new one to everything that uses it."),
    )


class ReplacementForm(forms.Form):
    """Nothing to choose: the newest of two secrets is replaced, and refused at once."""
