"""Words and badges for what the database keeps as codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.formatting import locale_of
from portal.pages.presenters.subscriptions import Badge
from subscriptions.applications.models import AuthorisationStatus

if TYPE_CHECKING:
    from billing.vies.queries import Shown
    from customers.models import Organisation
    from subscriptions.applications.models import Authorisation

_CONSENT_TONES = {
    AuthorisationStatus.REQUESTED: "info",
    AuthorisationStatus.CONFIRMED: "info",
    AuthorisationStatus.ACTIVE: "ok",
    AuthorisationStatus.NEEDS_REAPPROVAL: "warn",
    AuthorisationStatus.EXPIRED: "bad",
    AuthorisationStatus.DENIED: "bad",
    AuthorisationStatus.REVOKED: "bad",
    AuthorisationStatus.DEACTIVATED: "warn",
}


def authorisation_badge(authorisation: Authorisation) -> Badge:
    status = AuthorisationStatus(authorisation.status)
    if status is AuthorisationStatus.ACTIVE and authorisation.application.is_blocked:
        return Badge("bad", _("Blocked"))
    return Badge(_CONSENT_TONES[status], str(status.label))


def register_badge(said: Shown) -> Badge:
    """Whether what VIES says of a number counts for an invoice of today."""
    if said.answer is None:
        return Badge("warn", _("Not answered yet"))
    if not said.answer.is_valid:
        return Badge("bad", _("Not valid"))
    return Badge("ok", _("Valid")) if said.counts else Badge("warn", _("Valid, but too long ago"))


def postal_address(organisation: Organisation) -> str:
    """On one line, without the country."""
    town = f"{organisation.postal_code} {organisation.city}".strip()
    return ", ".join(part for part in (organisation.street, town) if part)


def language_name(code: str, language: str) -> str:
    """ "nl" as "Dutch" or "Nederlands"; a code without a name as it is."""
    return str(locale_of(language).languages.get(code, code))
