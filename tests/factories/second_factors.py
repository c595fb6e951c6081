"""A second factor in tests: whose it is, what the app shows, what a session has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)

from customers import clock

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def set_up(person: Person, secret: str = SECRET) -> list[str]:
    """The person's recovery codes; the app has the secret."""
    TOTP.activate(person, secret)
    codes: list[str] = RecoveryCodes.activate(person).get_unused_codes()
    return codes


def code_now(secret: str = SECRET) -> str:
    """What the app shows."""
    text: str = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    return text


def wrong_code(secret: str = SECRET) -> str:
    return f"{(int(code_now(secret)) + 1) % 1_000_000:06}"


def sign_in(client: Client, person: Person, *, shown: bool = False, ago: float = 0) -> None:
    """With the password, so many seconds ago; `shown`: with a code as well."""
    client.force_login(person)
    session, at = client.session, clock.real_now().timestamp() - ago
    methods = ["password", "mfa"] if shown else ["password"]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": each, "at": at} for each in methods]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.pk)
    session.save()
