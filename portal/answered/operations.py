"""Asked twice, done once: what a request was answered is kept with what it did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from billing.metering.models import ApiCredential
from customers.models import OrganisationToken
from customers.refusals import Refusal
from portal.answered.models import AnsweredRequest
from subscriptions.applications.models import Authorisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Who has keys of its own. An access token lives minutes: it is the application on that tenant.
type Asker = OrganisationToken | ApiCredential | Authorisation

KEPT_FOR = dt.timedelta(days=7)


class KeyInUse(Refusal):
    sentence = _("A request with this Idempotency-Key is being answered. Try again in a moment.")


class KeyUsedBefore(Refusal):
    sentence = _("This Idempotency-Key was used for another request before. Take a new one.")


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeated: bool = False


@transaction.atomic
def answer_once(
    asker: Asker,
    *,
    key: str,
    fingerprint: str,
    do: Callable[[], Answer],
    is_final: Callable[[Answer], bool],
    at: dt.datetime,
) -> Answer:
    """What `do` answers; the second time that `asker` shows this key the same, without doing it.

    `fingerprint` tells whether it is the same request. What is not final (a failure, say) is
    taken back with all that it did, and may be tried again. A crash in the middle leaves
    neither. Raises KeyInUse while another asks with the same key, KeyUsedBefore when it was
    another request.
    """
    column = _column(asker)
    if not _alone(f"{column}:{asker.pk}:{key}"):
        raise KeyInUse
    before = AnsweredRequest.objects.filter(**{column: asker}, key=key).first()
    if before is not None:
        return _again(before, fingerprint)
    answer = do()
    if not is_final(answer):
        transaction.set_rollback(True)
        return answer
    AnsweredRequest.objects.create(
        **{column: asker},
        key=key,
        fingerprint=fingerprint,
        status=answer.status,
        content_type=answer.content_type,
        headers=dict(answer.headers),
        body=answer.body,
        answered_at=at,
    )
    return answer


def forget(*, at: dt.datetime) -> int:
    """Drop what was answered more than `KEPT_FOR` ago; returns how many."""
    old = AnsweredRequest.objects.filter(answered_at__lt=at - KEPT_FOR)
    count, _by_model = old.delete()
    return count


def _column(asker: Asker) -> str:
    match asker:
        case OrganisationToken():
            return "token"
        case ApiCredential():
            return "credential"
        case Authorisation():
            return "authorisation"


def _alone(name: str) -> bool:
    """Whether nobody else asks with this key now; until the end of the transaction nobody can."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"answers:{name}"],
        )
        [alone] = cursor.fetchone()
    return bool(alone)


def _again(before: AnsweredRequest, fingerprint: str) -> Answer:
    if before.fingerprint != fingerprint:
        raise KeyUsedBefore
    return Answer(
        status=before.status,
        content_type=before.content_type,
        headers=before.headers,
        body=bytes(before.body),
        is_repeated=True,
    )
