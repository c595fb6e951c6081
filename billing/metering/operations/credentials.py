"""Keys for programs: made and revoked by staff, shown once, known here by their hash."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.metering.models import ApiCredential
from customers.locks import lock_person
from customers.prepared import fetch_prepared
from customers.refusals import Refusal
from subscriptions.applications.models import Credential

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Person
    from subscriptions.applications.models import Application

PREFIX = "exs_"  # so that scanners for leaked secrets recognise one
# Every request of a program asks this: made from the model once, and sent as it is.
_COLUMNS = [field.attname for field in ApiCredential._meta.concrete_fields]  # noqa: SLF001
_LIVE = (
    f"SELECT {', '.join(_COLUMNS)} FROM {ApiCredential._meta.db_table}"  # noqa: S608, SLF001
    " WHERE secret_hash = %s AND revoked_at IS NULL"
)
NOTED_EVERY = dt.timedelta(minutes=1)  # last use, no finer: it is a write


class AlreadyRevoked(Refusal):
    sentence = _("This credential was revoked before.")


class ClientIdTaken(Refusal):
    sentence = _("Another application has this client id: their usage could not be told apart.")


class MadeMeanwhile(Refusal):
    """There is one that the person has not seen: its page was lost to the second click."""

    sentence = _(
        "You made another credential a moment ago, by a second click perhaps. If nobody has copied "
        "its secret, revoke it; to make this one besides, send it once more."
    )


class Issued(NamedTuple):
    """The only moment at which the secret is known."""

    credential: ApiCredential
    secret: str


def issue_for_platform(
    *,
    name: str,
    scope: ApiCredential.Scope = ApiCredential.Scope.USAGE_WRITE,
    as_seen: Callable[[Person], bool] | None = None,
    by: Person,
    at: dt.datetime,
) -> Issued:
    """A credential that reports usage of every tenant, asks what each may use, or about tokens.

    Raises MadeMeanwhile when those that `by` made are no longer `as_seen`.
    """
    return _issue(
        name=name, kind=ApiCredential.Kind.PLATFORM, scope=scope, as_seen=as_seen, by=by, at=at
    )


def issue_for_application(
    application: Application,
    *,
    name: str,
    reference: str,
    scope: ApiCredential.Scope = ApiCredential.Scope.USAGE_WRITE,
    as_seen: Callable[[Person], bool] | None = None,
    by: Person,
    at: dt.datetime,
) -> Issued:
    """A credential that reports the application's own usage, on tenants that let it in.

    `reference` is what its events say in `application`: its client id on the platform.
    With the other scope it asks what may be used, on those tenants only. Raises ClientIdTaken,
    MadeMeanwhile.
    """
    theirs = ApiCredential.objects.of_others(application).filter(reference=reference)
    clients = Credential.objects.filter(client_id=reference).exclude(application=application)
    if theirs.exists() or clients.exists():
        raise ClientIdTaken
    return _issue(
        name=name,
        kind=ApiCredential.Kind.APPLICATION,
        application=application,
        reference=reference,
        scope=scope,
        as_seen=as_seen,
        by=by,
        at=at,
    )


@transaction.atomic
def revoke(credential: ApiCredential, *, by: Person, at: dt.datetime) -> ApiCredential:
    """From now on it opens nothing. Raises AlreadyRevoked."""
    locked: ApiCredential = ApiCredential.objects.select_for_update().get(pk=credential.pk)
    refuse_revoked(locked)
    locked.revoked_at = at
    locked.revoked_by = by
    locked.save()
    return locked


def refuse_revoked(credential: ApiCredential) -> None:
    """What `revoke` refuses, said before it is asked for. Raises AlreadyRevoked."""
    if credential.revoked_at is not None:
        raise AlreadyRevoked


def recognise(secret: str, *, at: dt.datetime) -> ApiCredential | None:
    """Whose secret this is, when it is still good; notes to the minute that it was used."""
    mark = hash_of(secret)
    rows = fetch_prepared(_LIVE, [mark])
    if not rows:
        return None
    credential = ApiCredential.from_db(None, _COLUMNS, rows[0])
    if not hmac.compare_digest(credential.secret_hash, mark):
        return None
    if credential.last_used_at is None or credential.last_used_at < at - NOTED_EVERY:
        note_use(credential.pk, at=at)
    return credential


def note_use(credential_id: int, *, at: dt.datetime) -> None:
    """Write down when it was last used; of one that is gone, nothing."""
    ApiCredential.objects.filter(pk=credential_id).update(last_used_at=at)


@transaction.atomic
def _issue(
    *,
    name: str,
    kind: ApiCredential.Kind,
    application: Application | None = None,
    reference: str = "",
    scope: ApiCredential.Scope,
    as_seen: Callable[[Person], bool] | None,
    by: Person,
    at: dt.datetime,
) -> Issued:
    lock_person(by.pk)
    if as_seen and not as_seen(by):
        raise MadeMeanwhile
    # 256 random bits: nobody guesses them, so a fast hash keeps them as well as a slow one.
    secret = PREFIX + secrets.token_urlsafe(32)
    credential = ApiCredential.objects.create(
        name=name,
        kind=kind,
        application=application,
        reference=reference,
        scope=scope,
        secret_start=secret[:8],
        secret_hash=hash_of(secret),
        created_by=by,
        created_at=at,
    )
    return Issued(credential, secret)


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
