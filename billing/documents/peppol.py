"""Electronic invoices over Peppol: rows that wait, and the port to whoever carries them.

Off unless PEPPOL_ACCESS_POINT names one, as the dotted path of something that makes an
AccessPoint. `billing.documents.peppol.local_directory` is one for demos and tests.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from billing.documents.models import LONGEST_RECEIPT, Document, Transmission
from customers.bulk import any_of
from customers.refusals import Refusal
from customers.turns import next_attempt_at, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from billing.documents.einvoice.facts import InvoiceData

log = structlog.get_logger(__name__)

# How long to wait after the first failure, the second, …; then a person is needed.
RETRY_AFTER = (
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=14),
    dt.timedelta(hours=24),
)

# How long an attempt may take, longer than a worker works at anything. What has not come back by
# then took its worker along.
ATTEMPT_TAKES = dt.timedelta(minutes=15)


class NoReceipt(Exception):
    """The access point took the document and gave nothing to show for it."""


class WorkerLost(Exception):
    """Every attempt ended its worker: no further one is made."""


class NothingGivenUp(Refusal):
    sentence = _("This e-invoice is on its way, or has been sent meanwhile.")


class PeppolIsOff(Refusal):
    sentence = _("Nobody carries e-invoices over Peppol: no access point is set up.")


class AccessPoint(Protocol):
    """Carries a document from one participant to another, each "scheme:id"."""

    def send(self, content: bytes, *, key: str, sender: str, receiver: str) -> str:
        """The receipt. The same `key` again is the same document: sent once, same receipt.

        Raises OSError when it cannot be carried now.
        """
        ...


def queue(documents: Iterable[Document], data: InvoiceData, *, at: dt.datetime) -> None:
    """Let the UBL wait to be sent, if Peppol is on and both parties have an address there."""
    sender, receiver = data.seller.endpoint, data.buyer.endpoint
    if not (settings.PEPPOL_ACCESS_POINT and sender and receiver):
        return
    Transmission.objects.bulk_create(
        Transmission(
            document=document,
            sender=f"{sender.scheme}:{sender.id}",
            receiver=f"{receiver.scheme}:{receiver.id}",
            created_at=at,
            next_attempt_at=at,
        )
        for document in documents
        if document.kind == Document.Kind.UBL
    )


def send_due(at: dt.datetime, *, limit: int = 100) -> int:
    """Hand over up to `limit` documents that are due; returns with how many it dealt, whatever
    came of them.

    Each is claimed first, so that one that outlasts its worker has used up an attempt and the
    others get their turn.
    """
    if not settings.PEPPOL_ACCESS_POINT:
        return 0
    access_point: AccessPoint = import_string(settings.PEPPOL_ACCESS_POINT)()
    done = 0
    while done < limit and (claimed := _claim_next(at)):
        _send(claimed, access_point, at=at)
        done += 1
    return done


@transaction.atomic
def send_again(given_up: Transmission, *, at: dt.datetime) -> Transmission:
    """Start anew with one that was given up: due at `at`, all its attempts ahead.

    The access point knows it by its key, should it have it after all.
    Raises PeppolIsOff, NothingGivenUp.
    """
    if not settings.PEPPOL_ACCESS_POINT:
        raise PeppolIsOff
    ours = Transmission.objects.given_up().select_for_update().filter(pk=given_up.pk)
    transmission: Transmission | None = ours.first()
    if transmission is None:
        raise NothingGivenUp
    transmission.attempts, transmission.next_attempt_at = 0, at
    transmission.save(update_fields=["attempts", "next_attempt_at"])
    return transmission


@transaction.atomic
def send_all_again(*, at: dt.datetime) -> int:
    """The same with all that were given up; returns how many.

    Raises PeppolIsOff, NothingGivenUp.
    """
    if not settings.PEPPOL_ACCESS_POINT:
        raise PeppolIsOff
    given_up = Transmission.objects.given_up().select_for_update().order_by("pk")
    ids = list(given_up.values_list("pk", flat=True))
    if not ids:
        raise NothingGivenUp
    Transmission.objects.filter(any_of("pk", ids)).update(attempts=0, next_attempt_at=at)
    return len(ids)


@transaction.atomic
def _claim_next(at: dt.datetime) -> Transmission | None:
    """The next one that is due, its attempt counted; nobody else takes it meanwhile."""
    due = Transmission.objects.due_at(at).select_for_update(skip_locked=True, of=["self"])
    claimed: Transmission | None = due.select_related("document__rendering__invoice").first()
    if claimed:
        claimed.attempts += 1
        claimed.next_attempt_at = at + ATTEMPT_TAKES
        claimed.save(update_fields=["attempts", "next_attempt_at"])
    return claimed


def _send(claimed: Transmission, access_point: AccessPoint, *, at: dt.datetime) -> None:
    """Hand it over, in no transaction: that may take as long as it likes. Then write it down."""
    try:
        claimed.receipt = _receipt(claimed, access_point)
    except SoftTimeLimitExceeded:  # the worker's, not the document's; the attempt counts
        raise
    except Exception as failure:  # noqa: BLE001 - no document may stop the ones behind it
        _put_off(claimed, _kept(said(failure)), at=at)
        still_ours = Transmission.objects.filter(sent_at=None, attempts=claimed.attempts)
    else:
        claimed.sent_at, claimed.next_attempt_at, claimed.last_error = at, None, ""
        still_ours = Transmission.objects.filter(sent_at=None)
    still_ours.filter(pk=claimed.pk).update(
        sent_at=claimed.sent_at,
        receipt=claimed.receipt,
        next_attempt_at=claimed.next_attempt_at,
        last_error=claimed.last_error,
    )


def _receipt(claimed: Transmission, access_point: AccessPoint) -> str:
    """What the access point gives for the document, as much of it as the row keeps.

    Raises WorkerLost, what the access point raises, and NoReceipt: nobody could say later that
    the document was taken.
    """
    if claimed.attempts > len(RETRY_AFTER) + 1:
        raise WorkerLost("each attempt ended its worker")
    given = access_point.send(
        bytes(claimed.document.content),
        key=claimed.document.sha256,
        sender=claimed.sender,
        receiver=claimed.receiver,
    )
    receipt = _kept(given or "").strip()[:LONGEST_RECEIPT]
    if not receipt:
        raise NoReceipt("the access point gave no receipt")
    return receipt


def _kept(text: str) -> str:
    """Without what no text in the database holds: a NUL, and half a surrogate pair."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _put_off(waiting: Transmission, error: str, *, at: dt.datetime) -> None:
    """Until it is tried again by itself; after the last time until staff let it."""
    waiting.last_error = error
    waiting.next_attempt_at = next_attempt_at(waiting.attempts, at, after=RETRY_AFTER)
    if waiting.next_attempt_at is None:
        number = waiting.document.rendering.invoice.number
        log.error("an e-invoice was given up", invoice=number, error=error)


class LocalDirectory:
    """An access point that is a folder: a file a document, named by its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, content: bytes, *, key: str, sender: str, receiver: str) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{sender} {receiver} {key}.xml".replace(":", "-")
        (self.folder / name).write_bytes(content)
        return f"file {name}"


def local_directory() -> AccessPoint:
    return LocalDirectory(Path(settings.PEPPOL_DIRECTORY))
