"""What an application identifies itself with in one environment: made, rotated, revoked.

A secret has 256 random bits and is shown once; here is its SHA-256 (decision 0025).
"""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.models import Duty
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.queries import organisation_visible_to
from customers.refusals import Refusal
from subscriptions.applications.concerned import lock_concerned, tell_concerned
from subscriptions.applications.letters import write_of_credential, write_of_errors
from subscriptions.applications.models import (
    Application,
    ApplicationType,
    ClientSecret,
    Credential,
    Publication,
)
from subscriptions.applications.versions import follow
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from customers.models import Environment, Person

PREFIX = "exc_"  # so that scanners for leaked secrets recognise one
LONGEST_OVERLAP = dt.timedelta(days=30)
IN_A_DAY = 50  # of all applications of an owner
_DAY = dt.timedelta(days=1)
_NOTED_EVERY = dt.timedelta(minutes=1)  # last use, no finer: it is a write


class NotPublishedThere(Refusal):
    sentence = _("Publish a version in this environment first.")


class HasCredential(Refusal):
    sentence = _("There is a credential for this environment already. Give it a new secret.")


class CredentialRevoked(Refusal):
    sentence = _("This client id was revoked before.")


class KeepsNoSecret(Refusal):
    sentence = _("A native application has no secret: whoever has it could read it.")


class SecretMadeMeanwhile(Refusal):
    """The newest is another than the person saw: a second click, perhaps, that lost its page."""

    sentence = _(
        "A new secret was made a moment ago, by a second click or by somebody else. If nobody has "
        "copied it, make another: that one is refused from then on."
    )


class OverlapTooLong(Refusal):
    sentence = _("The old secret may stay good for 30 days at most.")


class NotTheOlder(Refusal):
    sentence = _("Only the older of two secrets can be ended. Make a new one first.")


class OnlyAppManagersRevoke(Refusal):
    sentence = _("Only its owner, or the vendor's app manager, revokes a credential.")


class WithoutReason(Refusal):
    sentence = _("Say why: its owner reads it.")


class TooManyInADay(Refusal):
    """Each is a letter to everybody who answers for the application."""

    sentence = _("Too many credentials and secrets in 24 hours. Go on tomorrow.")


class Issued(NamedTuple):
    """The only moment at which the secret is known; empty for what keeps none."""

    credential: Credential
    secret: str


@transaction.atomic
def create(
    application: Application, environment: Environment, *, by: Person, at: dt.datetime
) -> Issued:
    """A client id for `environment`, and its first secret.

    Raises NotPublishedThere, HasCredential, TooManyInADay.
    """
    lock_concerned(application, environment)
    _refuse_too_many(application.owner_id, at)
    published = Publication.objects.published_in(environment, application)
    publication = published.select_related("version").first()
    if publication is None:
        raise NotPublishedThere
    live = Credential.objects.filter(application=application, revoked_at=None)
    if live.filter(environment=environment).exists():
        raise HasCredential
    keeps_secrets = ApplicationType(application.type).keeps_secrets
    client = Client(
        name=application.name,
        secret=make_password(None),
        type=Client.Type.CONFIDENTIAL if keeps_secrets else Client.Type.PUBLIC,
        grant_types=Client.GrantType.CLIENT_CREDENTIALS if keeps_secrets else "",
        created_at=at,
    )
    client.save()
    credential = Credential.objects.create(
        application=application,
        environment=environment,
        client=client,
        created_by=by,
        created_at=at,
    )
    follow(credential, publication.version)
    _tell(credential, "credential_made", by=by, at=at)
    tell_concerned(application, environment, at=at)
    made = "client_secret_made" if keeps_secrets else "client_id_made"
    write_of_credential(credential, made, by=by, at=at)
    return Issued(credential, _new_secret(credential, by=by, at=at) if keeps_secrets else "")


@transaction.atomic
def rotate(
    credential: Credential,
    *,
    overlap: dt.timedelta,
    as_seen: Callable[[Credential], bool] | None = None,
    by: Person,
    at: dt.datetime,
) -> Issued:
    """A new secret; the one before stays good for `overlap`, and its tokens as long.

    While two are good, the new one takes the place of the newest, which is refused at once with
    its tokens: it was lost, or leaked. The older one ends when it was to end, and what uses it
    goes on. Raises CredentialRevoked, TooManyInADay, KeepsNoSecret, OverlapTooLong,
    SecretMadeMeanwhile when it is no longer `as_seen`.
    """
    credential = _locked(credential)
    _refuse_too_many(credential.application.owner_id, at)
    if not ApplicationType(credential.application.type).keeps_secrets:
        raise KeepsNoSecret
    if not dt.timedelta() <= overlap <= LONGEST_OVERLAP:
        raise OverlapTooLong
    if as_seen and not as_seen(credential):
        raise SecretMadeMeanwhile
    newest = credential.secrets.get(ends_at=None)
    older = credential.secrets.filter(ends_at__gt=at).first()
    newest.ends_at = at if older else at + overlap
    newest.save(update_fields=["ends_at"])
    if newest.ends_at == at:
        _kill([newest])
    secret = _new_secret(credential, by=by, at=at)
    before_until = older.ends_at if older else newest.ends_at
    details = {"ends_at": before_until, "replaced": newest.start if older else ""}
    _tell(credential, "secret_rotated", by=by, at=at, details=details)
    told = {"before_until": before_until, "replaced": bool(older)}
    write_of_credential(credential, "client_secret_made", told, by=by, at=at)
    return Issued(credential, secret)


@transaction.atomic
def end_secret(secret: ClientSecret, *, by: Person, at: dt.datetime) -> ClientSecret:
    """End the overlap now: the older secret and its tokens are refused from here on.

    Raises CredentialRevoked, NotTheOlder.
    """
    credential = _locked(secret.credential)
    secret = credential.secrets.get(pk=secret.pk)
    refuse_end(secret, at=at)
    secret.ends_at = at
    secret.save(update_fields=["ends_at"])
    _kill([secret])
    _tell(credential, "secret_ended", by=by, at=at)
    return secret


def refuse_end(secret: ClientSecret, *, at: dt.datetime) -> None:
    """What `end_secret` would refuse. Raises CredentialRevoked, NotTheOlder."""
    refuse_revoked(secret.credential)
    if secret.ends_at is None or secret.ends_at <= at:
        raise NotTheOlder


def revoke(credential: Credential, *, reason: str = "", by: Person, at: dt.datetime) -> Credential:
    """From now on nothing identifies with it, its tokens are gone, and the platform is told.

    By who built the application, or by the vendor's app manager for a `reason`.
    Raises OnlyAppManagersRevoke, WithoutReason, CredentialRevoked.
    """
    revoked = _revoke(credential, reason=reason, by=by, at=at)
    _tell_of_revoked(revoked, at=at)
    return revoked


@transaction.atomic
def _revoke(credential: Credential, *, reason: str, by: Person, at: dt.datetime) -> Credential:
    """Under the owner's lock alone: a secret that leaked waits for no customer."""
    if organisation_visible_to(by, credential.application.owner_id) is None:
        if not by.has_duty(Duty.APP_MANAGER):
            raise OnlyAppManagersRevoke
        if not reason.strip():
            raise WithoutReason
    credential = _locked(credential)
    credential.revoked_at, credential.revoked_by = at, by
    credential.save(update_fields=["revoked_at", "revoked_by"])
    credential.secrets.filter(Q(ends_at=None) | Q(ends_at__gt=at)).update(ends_at=at)
    Token.objects.filter(client=credential.client_id).delete()
    _tell(credential, "credential_revoked", by=by, at=at, reason=reason)
    write_of_credential(credential, "client_revoked", {"reason": reason}, by=by, at=at)
    return credential


@transaction.atomic
def _tell_of_revoked(credential: Credential, *, at: dt.datetime) -> None:
    """Whoever ends in between is followed up by what compares everybody every hour."""
    lock_concerned(credential.application, credential.environment)
    tell_concerned(credential.application, credential.environment, at=at)


def refuse_revoked(credential: Credential) -> None:
    """What is refused of one that was revoked: everything. Raises CredentialRevoked."""
    if credential.revoked_at is not None:
        raise CredentialRevoked


def tell_that_the_maker_left(
    made: Iterable[ClientSecret], *, maker: Person, by: Person, at: dt.datetime
) -> None:
    """In the history, of secrets that are good as they were."""
    for secret in made:
        details = {"maker": str(maker)}
        _tell(secret.credential, "secret_maker_left", by=by, at=at, details=details)


def tell_that_the_maker_may_less(
    made: Iterable[ClientSecret], *, maker: Person, by: Person, at: dt.datetime
) -> None:
    """In the history, of secrets that whoever made them could not make in their new role."""
    for secret in made:
        details = {"maker": str(maker)}
        _tell(secret.credential, "secret_maker_may_less", by=by, at=at, details=details)


def recognise(client_id: str, secret: str, *, at: dt.datetime) -> ClientSecret | None:
    """The secret's row, when it is good and the client's, with client and application."""
    if "\x00" in client_id:  # which no text in the database holds
        return None
    found: ClientSecret | None = (
        ClientSecret.objects.good_at(at)
        .filter(hash=hash_of(secret), credential__client=client_id)
        .select_related("credential__client", "credential__application")
        .first()
    )
    return found


def note_use(secret: ClientSecret, *, at: dt.datetime) -> None:
    """To the minute."""
    if secret.last_used_at is None or secret.last_used_at < at - _NOTED_EVERY:
        ClientSecret.objects.filter(pk=secret.pk).update(last_used_at=at)


def warn_of_ends(*, at: dt.datetime) -> int:
    """Write of each secret that ends soon to who hears of errors; returns how many.

    Once each, however often this runs; where the overlap is shorter than that, by its first run.
    """
    until = at + in_force(Policy.SECRET_WARNING)
    due = ClientSecret.objects.to_warn_of(at, until=until).order_by("pk")
    return sum(_warn(pk, until, at) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _warn(secret_id: int, until: dt.datetime, at: dt.datetime) -> bool:
    due = ClientSecret.objects.to_warn_of(at, until=until).filter(pk=secret_id)
    secret: ClientSecret | None = (
        due.select_related("credential__application__owner")
        .select_for_update(of=["self"], no_key=True)
        .first()
    )
    if secret is None:
        return False  # somebody was quicker
    secret.warned_at = at
    secret.save(update_fields=["warned_at"])
    application = secret.credential.application
    context = {"application": application, "secret": secret, "credential": secret.credential}
    write_of_errors([application], "subscriptions/client_secret_ends", context, at=at)
    return True


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _refuse_too_many(owner_id: int, at: dt.datetime) -> None:
    """Under the owner's lock. A native application has credentials and no secrets."""
    since = at - _DAY
    credentials = Credential.objects.filter(application__owner=owner_id, created_at__gt=since)
    secrets_ = ClientSecret.objects.filter(
        credential__application__owner=owner_id, created_at__gt=since
    )
    if max(credentials.count(), secrets_.count()) >= IN_A_DAY:
        raise TooManyInADay


def _new_secret(credential: Credential, *, by: Person, at: dt.datetime) -> str:
    secret = PREFIX + secrets.token_urlsafe(32)
    ClientSecret.objects.create(
        credential=credential,
        start=secret[:8],
        hash=hash_of(secret),
        created_by=by,
        created_at=at,
    )
    return secret


def _kill(ended: list[ClientSecret]) -> None:
    Token.objects.filter(issued__secret__in=ended).delete()


def _locked(credential: Credential) -> Credential:
    """As it is now, under its owner's lock. Raises CredentialRevoked."""
    lock_organisation(credential.application.owner_id)
    locked: Credential = (
        Credential.objects.select_related("application__owner", "client")
        .select_for_update(of=["self"], no_key=True)
        .get(pk=credential.pk)
    )
    refuse_revoked(locked)
    return locked


def _tell(
    credential: Credential,
    verb: str,
    *,
    by: Person,
    at: dt.datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    application = credential.application
    record(
        application,
        f"application.{verb}",
        organisation=application.owner,
        by=by,
        at=at,
        reason=reason,
        details={
            "application": application.name,
            "environment": credential.environment,
            "client_id": credential.client_id,
        }
        | dict(details or {}),
    )
