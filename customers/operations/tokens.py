"""Tokens of organisations: made, shown once, recognised, revoked."""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers import history
from customers.locks import lock_organisation
from customers.models import OrganisationToken, TokenScope
from customers.operations.letters import write_to_owners
from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from customers.actors import Actor
    from customers.models import Organisation, Person

PREFIX = "exo_"  # so that scanners for leaked secrets recognise one
SHOWN = 8  # characters of the secret that stay readable, to tell tokens apart
MOST = 20  # live ones of an organisation: each may ask as often as any other
LASTS_AT_MOST = dt.timedelta(days=366)
_NOTED_EVERY = dt.timedelta(minutes=1)  # last use, no finer: it is a write


class NoScope(Refusal):
    sentence = _("Choose at least one thing that the token may do.")


class WrongExpiry(Refusal):
    sentence = _("A token expires in the future, and within a year.")


class TooManyTokens(Refusal):
    sentence = _("There are twenty tokens already that open something. Revoke one first.")


class TokenMadeMeanwhile(Refusal):
    """There is one that the person has not seen: its page was lost to the second click, perhaps."""

    sentence = _(
        "A token was made a moment ago, by a second click or by somebody else. If nobody has "
        "copied its secret, revoke it; to make this one besides, send it once more."
    )


class TokenRevokedBefore(Refusal):
    sentence = _("This token was revoked before.")


class IssuedToken(NamedTuple):
    """The only moment at which the secret is known."""

    token: OrganisationToken
    secret: str


@transaction.atomic
def issue(
    organisation: Organisation,
    *,
    name: str,
    scopes: Iterable[TokenScope],
    expires_at: dt.datetime,
    as_seen: Callable[[Organisation], bool] | None = None,
    by: Person,
    at: dt.datetime,
) -> IssuedToken:
    """A token that acts as the organisation, within `scopes`, until `expires_at`.

    The owners get a letter. Raises NoScope, WrongExpiry (past, or more than a year ahead),
    TooManyTokens, TokenMadeMeanwhile when those of the organisation are no longer `as_seen`.
    """
    wanted = sorted({TokenScope(scope) for scope in scopes})
    if not wanted:
        raise NoScope
    if not at < expires_at <= at + LASTS_AT_MOST:
        raise WrongExpiry
    lock_organisation(organisation.pk)
    if as_seen and not as_seen(organisation):
        raise TokenMadeMeanwhile
    if OrganisationToken.objects.of(organisation).live_at(at).count() >= MOST:
        raise TooManyTokens
    # 256 random bits: nobody guesses them, so a fast hash keeps them as well as a slow one.
    secret = PREFIX + secrets.token_urlsafe(32)
    token = OrganisationToken.objects.create(
        organisation=organisation,
        name=name,
        scopes=[scope.value for scope in wanted],
        secret_start=secret[:SHOWN],
        secret_hash=_hash(secret),
        made_by=by,
        made_at=at,
        expires_at=expires_at,
    )
    _tell(token, "made", by=by, at=at)
    write_to_owners(organisation, "customers/token_made", {"token": token}, at=at)
    return IssuedToken(token, secret)


@transaction.atomic
def revoke(token: OrganisationToken, *, by: Person, at: dt.datetime) -> OrganisationToken:
    """From now on it opens nothing. Raises TokenRevokedBefore."""
    lock_organisation(token.organisation_id)
    locked: OrganisationToken = OrganisationToken.objects.select_for_update().get(pk=token.pk)
    if locked.revoked_at is not None:
        raise TokenRevokedBefore
    locked.revoked_at = at
    locked.revoked_by = by
    locked.save(update_fields=["revoked_at", "revoked_by"])
    _tell(locked, "revoked", by=by, at=at)
    return locked


def tell_that_the_maker_left(
    made: Iterable[OrganisationToken], *, maker: Person, by: Actor, at: dt.datetime
) -> None:
    """In the history, of tokens that have lost their maker and open what they opened."""
    for token in made:
        _tell(token, "maker_left", by=by, at=at, maker=str(maker))


def tell_that_the_maker_may_less(
    made: Iterable[OrganisationToken], *, maker: Person, by: Actor, at: dt.datetime
) -> None:
    """In the history, of tokens that may more than the new role of their maker."""
    for token in made:
        _tell(token, "maker_may_less", by=by, at=at, maker=str(maker))


def recognise(secret: str, *, at: dt.datetime) -> OrganisationToken | None:
    """Whose secret this is, when it is still good; notes to the minute that it was used."""
    if not secret.startswith(PREFIX):
        return None
    live = OrganisationToken.objects.live_at(at).select_related("organisation", "made_by")
    token: OrganisationToken | None = live.filter(secret_hash=_hash(secret)).first()
    if token and (token.last_used_at is None or token.last_used_at < at - _NOTED_EVERY):
        note_use(token.pk, at=at)
    return token


def note_use(token_id: int, *, at: dt.datetime) -> None:
    """Write down when it was last used; of one that is gone, nothing."""
    OrganisationToken.objects.filter(pk=token_id).update(last_used_at=at)


def _tell(token: OrganisationToken, verb: str, *, by: Actor, at: dt.datetime, **more: str) -> None:
    history.record(
        token,
        f"organisationtoken.{verb}",
        organisation=token.organisation,
        by=by,
        at=at,
        details={
            "token": token.name,
            "scopes": token.scopes,
            "expires_at": token.expires_at,
            **more,
        },
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
