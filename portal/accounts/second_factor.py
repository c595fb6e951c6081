"""The second factor: who needs one, whether this session has shown it, and how allauth keeps it.

It is a code from an app (TOTP), or one of ten recovery codes; docs/decisions/0075 says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import segno
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.urls import reverse

from customers import clock, queries
from portal.access import person_of
from portal.sealing import Seals

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from customers.models import Person

ISSUER = "Expander Services"
SVG = "http://www.w3.org/2000/svg"

# What is open to who has yet to set it up, and to who has yet to show it.
TO_SET_UP = frozenset({"mfa_activate_totp", "account_reauthenticate", "account_logout"})
TO_SHOW = frozenset({"mfa_reauthenticate", "account_logout"})

SEALS = Seals("second-factor")


def asked_before(request: HttpRequest) -> str | None:
    """Where this person has to go before the page that was asked for; None: nowhere.

    A session counts that has shown a code, of a factor that is still there: after a reset, or
    in a browser that was signed in before the factor was set up, it is asked for.
    """
    if not request.user.is_authenticated or not is_needed_by(person_of(request)):
        return None
    page = request.resolver_match.view_name if request.resolver_match else ""
    if not has_one(person_of(request)):
        return None if page in TO_SET_UP else reverse("mfa_activate_totp")
    if was_shown(request) or page in TO_SHOW:
        return None
    return _and_back(request, reverse("mfa_reauthenticate"))


def is_needed_by(person: Person) -> bool:
    """Staff; and whoever is an owner or a billing contact of some organisation."""
    if person.is_staff and settings.STAFF_NEED_SECOND_FACTOR:
        return True
    return bool(settings.CUSTOMERS_NEED_SECOND_FACTOR) and queries.hears_of_money(person)


def has_one(person: Person) -> bool:
    return bool(is_mfa_enabled(person, [Authenticator.Type.TOTP]))


def was_shown(request: HttpRequest) -> bool:
    """Whether a code was entered since this session began."""
    records = get_authentication_records(request, request.user)
    return any(each["method"] == "mfa" for each in records)


def signed_in_recently(request: HttpRequest) -> bool:
    """Within ACCOUNT_REAUTHENTICATION_TIMEOUT, by password or code; by the machine's own clock."""
    records = get_authentication_records(request, request.user)
    if not records:
        return False
    ago: float = clock.real_now().timestamp() - records[-1]["at"]
    return ago < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _and_back(request: HttpRequest, address: str) -> str:
    """What was sent is not sent again; a page that was asked for is shown afterwards."""
    if request.method != "GET":
        return address
    return f"{address}?{urlencode({'next': request.get_full_path()})}"


class PortalMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return SEALS.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return SEALS.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return ISSUER

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """As apps show it beside the code: whose account it is, and where (Key URI Format)."""
        return f"{ISSUER}:{super().get_totp_label(user)}"

    def build_totp_svg(self, url: str) -> str:
        """Dark on white in either theme, with the quiet zone that a camera needs."""
        drawn: str = segno.make_qr(url, error="m").svg_inline(light="#fff", border=4)
        # For use within a page; as a picture of its own it has to say what it is.
        return drawn.replace("<svg", f'<svg xmlns="{SVG}"', 1)
