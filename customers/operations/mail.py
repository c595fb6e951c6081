"""Mail as rows: written with what it tells, delivered by a worker, tried again on failure."""

from __future__ import annotations

import datetime as dt
import re
import time
from contextlib import suppress
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import transaction
from django.db.models import F
from django.template import Context, Engine, Template
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from customers.models import Invitation, MailAttachment, OutgoingMail, Person
from customers.models.mail import LONGEST_SUBJECT
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.refusals import Refusal
from customers.turns import TURN_SECONDS, next_attempt_at, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.core.mail.backends.base import BaseEmailBackend

    from customers.querysets import OutgoingMailQuerySet

log = structlog.get_logger(__name__)

# How long to wait after the first failure, the second, …; after the last one we give up.
RETRY_AFTER = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
)

# Of a mail that never went out, at the least: no link of an account is good for longer. That of
# an invitation may be, so such mail is there as far back as one is open.
SECRETS_KEPT_FOR = dt.timedelta(days=15)
AT_ONCE = 1_000

END_OF_SUBJECT = "\n\x00"  # the database takes no NUL in a text, so no value holds one
BLANK_LINES = re.compile(r"\n{3,}")  # where a template left something out
DOUBLED_STOP = re.compile(r"(?<=[^\W\d_])\.\.(?=\s|$)")  # a sentence that ends with "Example B.V."


class AlreadySent(Refusal):
    sentence = _("This mail has been sent meanwhile.")


class TextDeleted(Refusal):
    sentence = _("What this mail said is deleted by now.")


class NothingGivenUp(Refusal):
    sentence = _("No mail is given up any more.")


class OtherThanConfirmed(Refusal):
    sentence = _("That is not the number of mails you agreed to. Nothing is sent again.")


class Letter(NamedTuple):
    """One to be written from `templates/emails/<template>.txt`, in the receiver's language."""

    to: str
    language: str
    template: str
    context: Mapping[str, object]


def queue_mail(
    *,
    to: str,
    subject: str,
    body: str,
    attachments: Sequence[MailAttachment] = (),
    carries_secret: bool = False,
    at: dt.datetime,
) -> OutgoingMail:
    """Write a mail that goes out soon after the surrounding transaction commits.

    One that `carries_secret`, a link that lets somebody in, keeps its text no longer than that.

    A subject is put on one line and cut to what the row holds: a long name in it must not undo
    what the mail tells, nor one of two lines keep it from going out.
    """
    mail = _row(to, subject, body, at)
    mail.carries_secret = carries_secret
    mail.save()
    mail.attachments.add(*attachments)
    return mail


def queue_letter(
    *,
    to: str,
    language: str,
    template: str,
    context: Mapping[str, object],
    attachments: Sequence[MailAttachment] = (),
    carries_secret: bool = False,
    at: dt.datetime,
) -> OutgoingMail:
    """Write a mail from `templates/emails/<template>.txt`, in the receiver's language.

    The template's first line is the subject, whatever line breaks its values hold; the rest after
    a blank line is the text, which is put between greeting and signature. It is given
    `portal_address`, without a slash at the end, beside what `context` holds.
    """
    letter = Letter(to, language, template, context)
    subject, body = _written(letter, _names([letter]))
    return queue_mail(
        to=to,
        subject=subject,
        body=body,
        attachments=attachments,
        carries_secret=carries_secret,
        at=at,
    )


def queue_letters(letters: Iterable[Letter], *, at: dt.datetime) -> None:
    """The same for many, in two statements."""
    letters = list(letters)
    names = _names(letters)
    OutgoingMail.objects.bulk_create(
        _row(letter.to, *_written(letter, names), at) for letter in letters
    )


def deliver_due(at: dt.datetime) -> int:
    """Send what is due, for one turn of a worker; returns how many mails went out.

    Over one connection, and another after a mail that failed. Ends when none can be had: the
    mails behind would get none either, and none of them has failed.

    Each mail is a transaction of its own under a row lock that other workers skip. A worker
    killed between handing a mail over and writing that down sends it once more; the
    Message-ID is the same, so mail programs show it once.
    """
    sent, ends = 0, time.monotonic() + TURN_SECONDS
    line = mailers.default
    try:
        while (delivered := _deliver_next(line, at)) is not None:
            sent += delivered
            if time.monotonic() >= ends:
                break
    except _NoConnection:
        log.exception("no connection to the mail server")
    finally:
        _hang_up(line)
    return sent


@transaction.atomic
def send_again(mail: OutgoingMail, *, at: dt.datetime) -> OutgoingMail:
    """Start anew with a mail that did not get through: due at `at`, all its attempts ahead.

    It says what it said; a mail belongs to nobody's history. Raises AlreadySent, TextDeleted.
    """
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if mail.sent_at is not None:
        raise AlreadySent
    if not mail.body:
        raise TextDeleted
    mail.attempts, mail.next_attempt_at = 0, at
    mail.save(update_fields=["attempts", "next_attempt_at"])
    return mail


@transaction.atomic
def send_all_again(*, confirmed: int, at: dt.datetime) -> int:
    """The same with all that were given up; returns how many.

    `confirmed` is how many a person agreed to. Raises NothingGivenUp, OtherThanConfirmed.
    """
    given_up = OutgoingMail.objects.undeliverable().select_for_update()
    ids = list(given_up.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise NothingGivenUp
    if len(ids) != confirmed:
        raise OtherThanConfirmed
    OutgoingMail.objects.filter(pk__in=ids).update(attempts=0, next_attempt_at=at)
    return len(ids)


def count_as_sent() -> None:
    """Everything that waits counts as sent when it was written; nobody gets it."""
    waiting = OutgoingMail.objects.filter(sent_at=None)
    waiting.update(sent_at=F("created_at"), next_attempt_at=None)


def forget_texts(*, at: dt.datetime) -> int:
    """Delete text and attachments of what was sent long ago; returns of how many.

    Of what was given up as well, counted from when it was written; of a secret after 15 days, and
    not while an invitation is open that is as old: its letter may be sent again, however short
    invitations last by now. Each thousand is a transaction of its own where none is open.
    """
    secrets_since = at - SECRETS_KEPT_FOR
    if oldest := Invitation.objects.open_at(at).order_by("invited_at").first():
        secrets_since = min(secrets_since, oldest.invited_at)
    old = OutgoingMail.objects.over(
        since=at - in_force(Policy.MAIL_KEPT), secrets_since=secrets_since
    ).order_by("pk")
    forgotten = last = 0
    while some := _forget_some(old.filter(pk__gt=last)):
        forgotten, last = forgotten + len(some), some[-1]
    return forgotten


@transaction.atomic
def _forget_some(old: OutgoingMailQuerySet) -> list[int]:
    """The first thousand; one that is being sent again at this moment stays."""
    some = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
    links = OutgoingMail.attachments.through.objects.filter(outgoingmail__in=some)
    carried = list(links.values_list("mailattachment", flat=True))
    links.delete()
    # One goes with several mails. Its content is not read to be deleted.
    MailAttachment.objects.filter(pk__in=carried, mails=None).only("pk").delete()
    OutgoingMail.objects.filter(pk__in=some).update(body="")
    return some


def _row(to: str, subject: str, body: str, at: dt.datetime) -> OutgoingMail:
    return OutgoingMail(
        to=to,
        subject=Truncator(" ".join(subject.split())).chars(LONGEST_SUBJECT),
        body=body,
        created_at=at,
        next_attempt_at=at,
    )


def _names(letters: Iterable[Letter]) -> dict[str, str]:
    """By address, of those who have an account."""
    known = Person.objects.filter(email__in={letter.to.lower() for letter in letters})
    return dict(known.order_by().values_list("email", "name"))


def _written(letter: Letter, names: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text, with greeting and signature."""
    templates = Engine.get_default()
    values = {"portal_address": settings.PORTAL_ADDRESS.rstrip("/"), **letter.context}
    source = _marked(templates.get_template(f"emails/{letter.template}.txt").source)
    frame = templates.get_template("emails/base.txt")
    with translation.override(letter.language):
        text = DOUBLED_STOP.sub(".", source.render(Context(values, autoescape=False)))
        subject, _blank, content = text.partition(END_OF_SUBJECT)
        person = {"name": names.get(letter.to.lower(), "")}
        body = frame.render(Context({"person": person, "content": content.strip()}))
    return subject, BLANK_LINES.sub("\n\n", body.strip()) + "\n"


@cache
def _marked(source: str) -> Template:
    """The template of a letter, with a mark where its own first line ends."""
    return Engine.get_default().from_string(source.replace("\n", END_OF_SUBJECT, 1))


class _NoConnection(Exception):
    """The server accepts none, or not with what we sign in with."""


@transaction.atomic
def _deliver_next(line: BaseEmailBackend, at: dt.datetime) -> bool | None:
    """Whether the next due mail went out; None when no mail is due. Raises _NoConnection."""
    mail = OutgoingMail.objects.due_at(at).select_for_update(skip_locked=True).first()
    if mail is None:
        return None
    try:
        line.open()
    except OSError as failure:
        raise _NoConnection from failure
    mail.attempts += 1
    try:
        line.send_messages([_message(mail)])
    except SoftTimeLimitExceeded:  # the worker's, not the mail's
        raise
    except Exception as failure:  # noqa: BLE001 - no mail may stop the ones behind it
        mail.last_error = said(failure)
        mail.next_attempt_at = next_attempt_at(mail.attempts, at, after=RETRY_AFTER)
        _hang_up(line)
    else:
        mail.sent_at, mail.next_attempt_at, mail.last_error = at, None, ""
        if mail.carries_secret:
            mail.body = ""
    mail.save(update_fields=["attempts", "body", "last_error", "next_attempt_at", "sent_at"])
    return mail.sent_at is not None


def _hang_up(line: BaseEmailBackend) -> None:
    with suppress(OSError):  # the server was first
        line.close()


def _message(mail: OutgoingMail) -> EmailMessage:
    _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = sender.rpartition("@")[2]
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        to=[mail.to],
        headers={"Message-ID": f"<outgoing-mail-{mail.pk}@{domain}>"},
    )
    for file in mail.attachments.order_by("pk"):
        message.attach(file.name, bytes(file.content), file.content_type)
    return message
