"""Access tokens: opaque, for one tenant, at most 15 minutes, and good only while it may be used.

A token is never the last word: whoever shows one is judged again at that very instant.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from allauth.idp.oidc.models import Token
from django.db import transaction
from django.db.models import Q

from subscriptions.applications import credentials
from subscriptions.applications.availability import verdict_on
from subscriptions.applications.models import Authorisation, ClientSecret, IssuedToken
from subscriptions.applications.verdicts import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from allauth.idp.oidc.models import Client

    from customers.models import Tenant
    from subscriptions.applications.models import Application

PREFIX = "ext_"  # so that scanners for leaked secrets recognise one
LIFE = dt.timedelta(minutes=15)
_SWEPT_AFTER = dt.timedelta(hours=1)


class Refused(Exception):
    """No token: the platform's code (D3.6), our reason and a sentence for a developer."""

    def __init__(self, code: Code, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.reason, self.detail = code, reason, detail


UNKNOWN_THERE = (
    Code.DENIED,
    "not_requested",
    "The application was not let in on a tenant of this name in the environment of its client.",
)

NOT_AGREED = (
    Code.NEEDS_REAPPROVAL,
    "scopes_not_agreed",
    "The customer has agreed to none of these scopes yet.",
)


@dataclass(frozen=True)
class Shown:
    """A token that is good at the instant: who shows it, for which tenant and for what."""

    application: Application
    tenant: Tenant
    authorisation: Authorisation
    client_id: str
    scopes: tuple[str, ...]
    issued_at: dt.datetime
    expires_at: dt.datetime  # no later than the known end of what it is for


@transaction.atomic(savepoint=False)
def issue(
    secret: ClientSecret,
    *,
    tenant: str,
    value: str,
    scopes: Collection[str],
    now: Callable[[], dt.datetime],
) -> Token:
    """Write the token `value` for the tenant of that name, while it may be used there.

    It has those of `scopes` that the customer agreed to.

    `tenant` is its identifier (any case), or its serial number on-premise, in the credential's
    environment. Judged under the authorisation's lock, which whatever takes it away holds when
    it deletes the tokens, so none slips through (`deactivation.cut_off`). The clock is read under
    that lock: what was suspended while we waited for it lies in the past then. A credential that
    is revoked meanwhile never comes back, and `recognise` asks about it.
    Raises Refused; for what is unknown as for what was never let in.
    """
    credential = secret.credential
    authorisation = _held(credential.application, tenant, credential.environment)
    if authorisation is None:
        raise Refused(*UNKNOWN_THERE)
    at = now()
    judged = verdict_on(authorisation, at)
    if not judged.allowed:
        raise Refused(judged.code, judged.reason or "", judged.detail)
    agreed = [scope for scope in scopes if scope in authorisation.agreed_scopes]
    if scopes and not agreed:
        raise Refused(*NOT_AGREED)
    ends = [at + LIFE, *(i for i in (judged.until, secret.ends_at) if i)]
    token = Token(
        type=Token.Type.ACCESS_TOKEN,
        hash=hash_of(value),
        client=credential.client,
        created_at=at,
        expires_at=min(ends),
    )
    token.set_scopes(agreed)
    token.save(force_insert=True)
    IssuedToken.objects.bulk_create(
        [IssuedToken(token=token, authorisation=authorisation, secret=secret)]
    )
    credentials.note_use(secret, at=at)
    return token


def recognise(value: str, *, at: dt.datetime) -> Shown | None:
    """Whose token this is, when it is good and its application may be used at `at`."""
    token = (
        Token.objects.filter(type=Token.Type.ACCESS_TOKEN, hash=hash_of(value), expires_at__gt=at)
        .filter(issued__secret__credential__revoked_at=None)
        .filter(Q(issued__secret__ends_at=None) | Q(issued__secret__ends_at__gt=at))
        .select_related(
            "issued__authorisation__application", "issued__authorisation__tenant__organisation"
        )
        .first()
    )
    if token is None or token.expires_at is None:
        return None
    authorisation = token.issued.authorisation
    judged = verdict_on(authorisation, at)
    if not judged.allowed:
        return None
    return Shown(
        application=authorisation.application,
        tenant=authorisation.tenant,
        authorisation=authorisation,
        client_id=str(token.client_id),
        scopes=tuple(token.get_scopes()),
        issued_at=token.created_at,
        # The end can have come nearer since it was issued, as by a cancellation.
        expires_at=min(token.expires_at, judged.until or token.expires_at),
    )


def revoke(value: str, *, client: Client) -> None:
    """Forget a token of `client`; that of another stays, and nobody learns that it exists."""
    Token.objects.filter(hash=hash_of(value), client=client).delete()


def sweep(*, at: dt.datetime) -> int:
    """Delete what has expired for an hour; it has been refused since."""
    old = Token.objects.filter(expires_at__lte=at - _SWEPT_AFTER)
    _total, per_model = old.delete()
    return int(per_model.get(Token._meta.label, 0))  # noqa: SLF001 - Django's public name


def new_value() -> str:
    """256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(value: str) -> str:
    """As allauth keeps it."""
    return sha256(value.encode()).hexdigest()


def _held(application: Application, tenant: str, environment: str) -> Authorisation | None:
    """Locked until the transaction ends, so that nothing takes it away meanwhile.

    Not shared with others that ask for the same: whoever takes it away stands in the same
    queue, and is not kept waiting by a stream of requests that overtake it.
    """
    named = Q(tenant__identifier__iexact=tenant) | Q(tenant__serial_number=tenant)
    found = Authorisation.objects.filter(
        named, application=application, tenant__environment=environment
    )
    held = found.select_related("tenant").select_for_update(of=["self"], no_key=True)
    can_be_named = tenant and "\x00" not in tenant  # which no text in the database holds
    authorisation: Authorisation | None = held.first() if can_be_named else None
    if authorisation is not None:
        authorisation.application = application
    return authorisation
