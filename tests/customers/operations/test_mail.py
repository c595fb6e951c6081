from __future__ import annotations

import datetime as dt
import threading
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import TYPE_CHECKING

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail as sent_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from customers.models import OutgoingMail, Role
from customers.operations import mail
from tests.factories.customers import InvitationFactory, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from customers.refusals import Refusal

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


def queued(to: str = "reader@example.com", at: dt.datetime = AT) -> OutgoingMail:
    return mail.queue_mail(to=to, subject="Hello", body="Text", at=at)


@pytest.fixture
def broken_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_line: EmailBackend, _messages: list[sent_mail.EmailMessage]) -> int:
        raise SMTPRecipientsRefused({"reader@example.com": (550, b"no such user")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def test_what_is_due_goes_out_once() -> None:
    row = queued()

    assert mail.deliver_due(AT) == 1
    assert mail.deliver_due(AT) == 0

    (message,) = sent_mail.outbox
    assert (message.to, message.subject, message.body) == (["reader@example.com"], "Hello", "Text")
    row.refresh_from_db()
    assert (row.sent_at, row.next_attempt_at, row.attempts) == (AT, None, 1)


def test_a_mail_sent_twice_by_a_killed_worker_is_recognised_by_its_message_id() -> None:
    row = queued()

    mail.deliver_due(AT)

    (message,) = sent_mail.outbox
    assert message.message()["Message-ID"] == f"<outgoing-mail-{row.pk}@example.com>"


def test_what_is_not_due_waits() -> None:
    queued(at=AT + dt.timedelta(seconds=1))

    assert mail.deliver_due(AT) == 0

    assert sent_mail.outbox == []


def test_no_more_than_a_turn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TURN_SECONDS", 0)
    for number in range(3):
        queued(to=f"reader{number}@example.com")

    assert mail.deliver_due(AT) == 1

    assert OutgoingMail.objects.due_at(AT).count() == 2


@pytest.mark.usefixtures("broken_mail")
def test_a_failure_is_tried_again_later_and_later_and_then_given_up() -> None:
    row = queued()
    at = AT
    waits = []

    for _attempt in range(7):
        assert mail.deliver_due(at) == 0
        row.refresh_from_db()
        waits.append(row.next_attempt_at and row.next_attempt_at - at)
        at = row.next_attempt_at or at

    assert waits == [
        dt.timedelta(minutes=1),
        dt.timedelta(minutes=5),
        dt.timedelta(minutes=30),
        dt.timedelta(hours=2),
        dt.timedelta(hours=5),
        dt.timedelta(hours=10),
        None,
    ]
    assert row.last_error.startswith("SMTPRecipientsRefused: ")
    assert row.attempts == 7
    assert row.sent_at is None
    assert list(OutgoingMail.objects.undeliverable()) == [row]


def test_a_bad_mail_does_not_stop_the_ones_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = queued(to="bad@example.com")
    queued(to="good@example.com")
    send = EmailBackend.send_messages

    def send_unless_bad(line: EmailBackend, messages: list[sent_mail.EmailMessage]) -> int:
        if messages[0].to == ["bad@example.com"]:
            raise ValueError("no such mailbox")
        return send(line, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_unless_bad)

    assert mail.deliver_due(AT) == 1

    assert [message.to for message in sent_mail.outbox] == [["good@example.com"]]
    bad.refresh_from_db()
    assert bad.next_attempt_at == AT + dt.timedelta(minutes=1)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the mail server, which refuses bad@example.com."""
    calls: list[str] = []

    class Line(EmailBackend):
        is_open = False

        def open(self) -> None:
            if not self.is_open:
                calls.append("open")
                self.is_open = True

        def close(self) -> None:
            if self.is_open:
                calls.append("close")
                self.is_open = False

        def send_messages(self, messages: Sequence[sent_mail.EmailMessage]) -> int:
            calls.append(messages[0].to[0])
            if messages[0].to == ["bad@example.com"]:
                raise SMTPServerDisconnected
            return len(messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend", Line)
    return calls


def test_one_connection_for_all_and_another_after_a_failure(calls: list[str]) -> None:
    for name in ("first", "bad", "second", "third"):
        queued(to=f"{name}@example.com")

    assert mail.deliver_due(AT) == 3

    assert calls == [
        "open",
        "first@example.com",
        "bad@example.com",
        "close",
        "open",
        "second@example.com",
        "third@example.com",
        "close",
    ]


def test_a_server_that_accepts_no_connection_is_no_mails_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[object] = []

    def refuse(line: EmailBackend) -> None:
        tried.append(line)
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(EmailBackend, "open", refuse)
    for _number in range(3):
        queued()

    assert mail.deliver_due(AT) == 0

    assert len(tried) == 1
    waiting = OutgoingMail.objects.values_list("attempts", "next_attempt_at").distinct()
    assert list(waiting) == [(0, AT)]


def test_a_worker_whose_time_is_over_is_no_mails_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_too_long(_line: EmailBackend, _messages: list[sent_mail.EmailMessage]) -> int:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(EmailBackend, "send_messages", take_too_long)
    row = queued()

    with pytest.raises(SoftTimeLimitExceeded):
        mail.deliver_due(AT)

    row.refresh_from_db()
    assert (row.attempts, row.next_attempt_at) == (0, AT)


def test_a_success_after_a_failure_forgets_the_error() -> None:
    row = queued()
    OutgoingMail.objects.update(attempts=1, last_error="earlier")

    mail.deliver_due(AT)

    row.refresh_from_db()
    assert (row.attempts, row.last_error) == (2, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_every_mail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        queued(to=f"reader{number}@example.com")
    both_have_claimed = threading.Barrier(2, timeout=10)
    addresses: list[str] = []
    first_mail = threading.local()

    def send(_line: EmailBackend, messages: list[sent_mail.EmailMessage]) -> int:
        if not getattr(first_mail, "claimed", False):
            first_mail.claimed = True
            both_have_claimed.wait()  # each holds a row of its own, or this times out
        addresses.extend(messages[0].to)
        return 1

    monkeypatch.setattr(EmailBackend, "send_messages", send)

    def work() -> None:
        try:
            mail.deliver_due(AT)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(addresses) == [f"reader{number}@example.com" for number in range(10)]


def test_send_again_starts_anew() -> None:
    row = queued()
    OutgoingMail.objects.update(attempts=7, next_attempt_at=None, last_error="full")

    mail.send_again(row, at=AT)

    row.refresh_from_db()
    assert (row.attempts, row.next_attempt_at) == (0, AT)


def test_send_again_refuses_what_was_sent() -> None:
    row = queued()
    mail.deliver_due(AT)

    with pytest.raises(mail.AlreadySent):
        mail.send_again(row, at=AT)

    row.refresh_from_db()
    assert row.next_attempt_at is None


def give_up(count: int) -> None:
    for number in range(count):
        queued(to=f"gone{number}@example.com")
    OutgoingMail.objects.update(attempts=7, next_attempt_at=None, last_error="full")


def test_all_that_were_given_up_start_anew() -> None:
    give_up(2)
    waiting = queued(at=AT + dt.timedelta(hours=1))

    assert mail.send_all_again(confirmed=2, at=AT) == 2

    assert list(OutgoingMail.objects.due_at(AT).values_list("attempts", flat=True)) == [0, 0]
    waiting.refresh_from_db()
    assert waiting.next_attempt_at == AT + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("given_up", "refusal"), [(2, mail.OtherThanConfirmed), (0, mail.NothingGivenUp)]
)
def test_other_than_what_was_agreed_to_is_not_sent(given_up: int, refusal: type[Refusal]) -> None:
    give_up(given_up)

    with pytest.raises(refusal):
        mail.send_all_again(confirmed=1, at=AT)

    assert not OutgoingMail.objects.due_at(AT).exists()


def test_a_letter_is_not_escaped_and_links_to_the_portal() -> None:
    invitation = InvitationFactory(organisation__name="Bakker & Zn.")

    letter = mail.queue_letter(
        to="reader@example.com",
        language="en",
        template="customers/invitation",
        context={"invitation": invitation, "token": "abc"},
        at=AT,
    )

    assert letter.subject == "Invitation to the customer portal of Bakker & Zn."
    assert "http://127.0.0.1:8000/invitations/abc/" in letter.body


def test_a_letter_speaks_the_receivers_language() -> None:
    invitation = InvitationFactory(organisation__name="Bakker", role=Role.BILLING_CONTACT)

    letter = mail.queue_letter(
        to="reader@example.com",
        language="nl",
        template="customers/invitation",
        context={"invitation": invitation, "token": "abc"},
        at=AT,
    )

    assert letter.subject == "Uitnodiging voor het klantportaal van Bakker"
    assert "als: Factuurcontact." in letter.body
    assert "De uitnodiging staat open tot 19 januari 2026 om " in letter.body


@pytest.mark.parametrize(
    ("language", "to", "greeting", "signature"),
    [
        pytest.param(
            "nl", "Kim@Example.com", "Beste Kim Maker,", "Met vriendelijke groet,", id="known"
        ),
        pytest.param("en", "else@example.com", "Hello,", "Kind regards,", id="without an account"),
    ],
)
def test_a_letter_greets_its_reader_and_is_signed(
    language: str, to: str, greeting: str, signature: str
) -> None:
    PersonFactory(email="kim@example.com", name="Kim Maker")
    invitation = InvitationFactory(organisation__name="Bakker & Zn")

    letter = mail.queue_letter(
        to=to,
        language=language,
        template="customers/invitation",
        context={"invitation": invitation, "token": "abc"},
        at=AT,
    )

    assert letter.body.startswith(f"{greeting}\n\n")
    assert letter.body.endswith(f"\n\n{signature}\nExpander Services\n")
    assert "Bakker & Zn" in letter.body


def test_a_long_name_in_a_subject_does_not_undo_what_the_mail_tells() -> None:
    row = mail.queue_mail(
        to="reader@example.com", subject=f"Invitation of {'N' * 200}", body="Text", at=AT
    )

    row.refresh_from_db()
    assert row.subject == f"Invitation of {'N' * 185}…"


@pytest.mark.parametrize("end", ["\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_name_of_two_lines_makes_a_subject_of_one(end: str) -> None:
    mail.queue_mail(to="reader@example.com", subject=f"From Bakker{end}Zn", body="Text", at=AT)

    assert mail.deliver_due(AT) == 1

    (message,) = sent_mail.outbox
    assert message.message()["Subject"] == "From Bakker Zn"


def test_a_name_of_two_lines_does_not_begin_the_text_of_a_letter() -> None:
    invitation = InvitationFactory(organisation__name="Bakker\n\nPay to NL00")

    letter = mail.queue_letter(
        to="reader@example.com",
        language="en",
        template="customers/invitation",
        context={"invitation": invitation, "token": "abc"},
        at=AT,
    )

    assert letter.subject == "Invitation to the customer portal of Bakker Pay to NL00"
    assert letter.body.startswith(f"Hello,\n\n{invitation.invited_by} invites you")
