from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail as sent_mail
from django.core.mail.backends.locmem import EmailBackend

from customers.models import Invitation, MailAttachment, OutgoingMail, Role
from customers.operations import mail, people
from customers.operations.policies import set_policy
from customers.policies import Policy
from tests.factories.customers import MembershipFactory, PersonFactory

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OVER = AT + 90 * DAY + dt.timedelta(seconds=1)


def queued(
    to: str = "reader@example.com",
    *,
    attachment: MailAttachment | None = None,
    carries_secret: bool = False,
    at: dt.datetime = AT,
) -> OutgoingMail:
    return mail.queue_mail(
        to=to,
        subject="Hello",
        body="Text",
        attachments=[attachment] if attachment else [],
        carries_secret=carries_secret,
        at=at,
    )


def sent(to: str = "reader@example.com", attachment: MailAttachment | None = None) -> OutgoingMail:
    row = queued(to, attachment=attachment)
    mail.deliver_due(AT)
    return row


def given_up(*, carries_secret: bool = False) -> OutgoingMail:
    row = queued(carries_secret=carries_secret)
    OutgoingMail.objects.filter(pk=row.pk).update(next_attempt_at=None, attempts=7)
    return row


def text_of(row: OutgoingMail) -> str:
    row.refresh_from_db()
    return row.body


def a_file() -> MailAttachment:
    found: MailAttachment = MailAttachment.objects.create(
        name="invoice.pdf", content_type="application/pdf", content=b"%PDF"
    )
    return found


def test_what_was_sent_long_ago_keeps_who_and_when() -> None:
    row = sent()
    assert mail.forget_texts(at=AT + 90 * DAY) == 0

    assert mail.forget_texts(at=OVER) == 1
    assert mail.forget_texts(at=OVER) == 0

    assert text_of(row) == ""
    assert (row.to, row.subject, row.sent_at) == ("reader@example.com", "Hello", AT)


def test_a_file_goes_with_the_last_mail_that_carries_it() -> None:
    shared, alone = a_file(), a_file()
    sent(attachment=alone)
    sent(attachment=shared)
    waiting = queued(attachment=shared, at=OVER)

    assert mail.forget_texts(at=OVER) == 2

    assert list(MailAttachment.objects.all()) == [shared]
    assert list(waiting.attachments.all()) == [shared]


def test_what_still_waits_stays() -> None:
    row = queued()

    assert mail.forget_texts(at=OVER) == 0

    assert text_of(row) == "Text"


def test_what_was_given_up_is_sent_again_no_more() -> None:
    row = given_up()
    assert mail.forget_texts(at=AT + 16 * DAY) == 0
    assert mail.forget_texts(at=OVER) == 1

    with pytest.raises(mail.TextDeleted):
        mail.send_again(row, at=OVER)
    with pytest.raises(mail.NothingGivenUp):
        mail.send_all_again(confirmed=1, at=OVER)

    row.refresh_from_db()
    assert row.next_attempt_at is None


def test_a_secret_that_was_given_up_goes_when_it_opens_nothing_any_more() -> None:
    row = given_up(carries_secret=True)

    assert mail.forget_texts(at=AT + 15 * DAY) == 0
    assert mail.forget_texts(at=AT + 15 * DAY + dt.timedelta(seconds=1)) == 1

    assert text_of(row) == ""


def test_the_letter_of_an_invitation_can_be_sent_again_while_that_is_open() -> None:
    """At its longest, even where any other letter is kept as short as can be."""
    colleague, inviting = PersonFactory(staff=True), MembershipFactory()
    set_policy(Policy.INVITATION_LASTS, 90, instead_of=14, reason="Summer.", by=colleague, at=AT)
    set_policy(Policy.MAIL_KEPT, 15, instead_of=90, reason="Less is kept.", by=colleague, at=AT)
    invitation, _token = people.invite(
        inviting.organisation, email="new@example.com", role=Role.READER, by=inviting.person, at=AT
    )
    OutgoingMail.objects.update(next_attempt_at=None, attempts=7)
    row = OutgoingMail.objects.get()

    set_policy(Policy.INVITATION_LASTS, 14, instead_of=90, reason="Over.", by=colleague, at=AT)
    assert mail.forget_texts(at=invitation.expires_at - dt.timedelta(seconds=1)) == 0
    assert mail.forget_texts(at=invitation.expires_at) == 1

    assert text_of(row) == ""


def test_an_invitation_that_is_withdrawn_keeps_no_letter() -> None:
    owner = MembershipFactory()
    invitation, _token = people.invite(
        owner.organisation, email="new@example.com", role=Role.READER, by=owner.person, at=AT
    )
    OutgoingMail.objects.update(next_attempt_at=None, attempts=7)
    Invitation.objects.update(expires_at=AT + 90 * DAY)
    assert mail.forget_texts(at=AT + 16 * DAY) == 0

    people.withdraw_invitation(invitation, by=owner.person, at=AT)

    assert mail.forget_texts(at=AT + 16 * DAY) == 1


def test_of_many_all_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "AT_ONCE", 2)
    for number in range(5):
        sent(f"reader{number}@example.com")

    assert mail.forget_texts(at=OVER) == 5

    assert set(OutgoingMail.objects.values_list("body", flat=True)) == {""}


def test_an_invitation_s_link_is_gone_once_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = MembershipFactory()
    _invitation, token = people.invite(
        owner.organisation, email="new@example.com", role=Role.READER, by=owner.person, at=AT
    )
    row = OutgoingMail.objects.get()

    def refuse(*_: object) -> int:
        raise ConnectionResetError

    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", refuse)
        mail.deliver_due(AT)
    assert token in text_of(row)

    mail.deliver_due(AT + DAY)

    assert token in str(sent_mail.outbox[0].body)
    assert text_of(row) == ""
