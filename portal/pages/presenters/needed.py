"""Words for the products without which an application does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.pages.presenters.subscriptions import names_listed
from subscriptions.applications.availability import FOR_APPLICATIONS, needed_by
from subscriptions.applications.lifecycle import OVER
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.entitlements import DATABASE_MIRRORING, DEVELOPMENT_TOOLS

if TYPE_CHECKING:
    from collections.abc import Collection

    from subscriptions.applications.models import Authorisation

_AGREED_TO_ALL = (AuthorisationStatus.ACTIVE, AuthorisationStatus.DEACTIVATED)
_NAMES = {
    DEVELOPMENT_TOOLS: gettext_lazy("Development Tools"),
    DATABASE_MIRRORING: gettext_lazy("Database Mirroring"),
}


def products(codes: Collection[str]) -> str:
    """“Development Tools and Database Mirroring”."""
    return names_listed(str(_NAMES[code]) for code in FOR_APPLICATIONS if code in codes)


def needs(codes: Collection[str], *, kept: Collection[str] = ()) -> str:
    """What an application lives on, in a sentence; empty when it lives on nothing.

    `kept`: what of it the tenant has without a subscription as well, so that the end of one
    stops nothing.
    """
    if not codes:
        return ""
    words = {"products": products(codes)}
    stopping = set(codes) - set(kept)
    if not stopping:
        return _("It needs %(products)s on this tenant.") % words
    if len(stopping) < len(codes):
        words["stopping"] = products(stopping)
        return (
            _(
                "It needs %(products)s on this tenant and stops when the subscription to "
                "%(stopping)s ends."
            )
            % words
        )
    return (
        ngettext(
            "It needs %(products)s on this tenant and stops when that subscription ends.",
            "It needs %(products)s on this tenant and stops when either subscription ends.",
            len(codes),
        )
        % words
    )


def of(
    authorisation: Authorisation, wanted: Collection[str], *, asks: bool, kept: Collection[str]
) -> str:
    """What it needs by what was agreed to; where it `asks`, by the capabilities `wanted`.

    Of one that was let in also what it would need no longer, if it were asked for anew (0077).
    """
    would_need = needed_by(authorisation, wanted)
    if asks:
        return needs(would_need, kept=kept)
    now_needs = needed_by(authorisation)
    if authorisation.status in OVER:  # what is not let in does not stop
        return needs(now_needs, kept=now_needs)
    spared = now_needs - would_need if authorisation.status in _AGREED_TO_ALL else frozenset()
    return f"{needs(now_needs, kept=kept)} {_does_without(spared)}".strip()


def _does_without(codes: Collection[str]) -> str:
    if not codes:
        return ""
    return _(
        "The version that is published now does without %(products)s. What was agreed to needs it"
        " until the authorisation is revoked and asked for again."
    ) % {"products": products(codes)}


def gives_nothing(missing: Collection[str]) -> str:
    """Of an application that everybody agreed to."""
    return ngettext(
        "It is authorised, but %(products)s gives nothing on this tenant now.",
        "It is authorised, but %(products)s give nothing on this tenant now.",
        len(missing),
    ) % {"products": products(missing)}


def starts_with(missing: Collection[str]) -> str:
    """Of one that has not worked yet."""
    if not missing:  # they have come, and it is about to be noted
        return _("Everybody agreed. It starts working by itself.")
    return _("Everybody agreed. It starts working by itself with %(products)s.") % {
        "products": products(missing)
    }
