"""Letters about accounts wait as rows, like all others: no page waits for a mail server."""

from __future__ import annotations

import datetime as dt
from smtplib import SMTPServerDisconnected
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core import mail as sent_mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from customers.models import OutgoingMail
from customers.operations import mail
from tests.factories.customers import PersonFactory
from tests.portal.accounts.test_developers import TYPED

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


@time_machine.travel(AT, tick=False)
def test_a_mail_server_that_is_down_loses_no_letter(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = PersonFactory(name="Jan", language="nl")

    def refuse(*_: object) -> int:
        raise SMTPServerDisconnected

    with monkeypatch.context() as down:
        down.setattr(EmailBackend, "send_messages", refuse)
        answer = client.post(reverse("account_reset_password"), {"email": person.email})
        assert mail.deliver_due(AT) == 0
    assert mail.deliver_due(AT + dt.timedelta(minutes=1)) == 1

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        reverse("account_reset_password_done"),
    )
    (message,) = sent_mail.outbox
    assert message.to == [person.email]
    assert message.subject == "Kies een nieuw wachtwoord"
    text = str(message.body)
    assert text.startswith("Beste Jan,\n")
    assert "/accounts/password/reset/key/" in text
    assert OutgoingMail.objects.get().body == ""  # nobody reads the link here any more


def test_signing_up_waits_for_no_mail_server(client: Client) -> None:
    client.post(reverse("developers"))
    client.post(reverse("account_signup"), TYPED, headers={"accept-language": "nl"})

    assert sent_mail.outbox == []
    letter = OutgoingMail.objects.get()
    assert letter.to == TYPED["email"]
    assert letter.subject == "Bevestig uw e-mailadres"
    assert letter.body.startswith(f"Beste {TYPED['name']},\n")


def test_an_address_without_account_is_answered_in_the_language_of_the_page(
    client: Client,
) -> None:
    client.post(
        reverse("account_reset_password"),
        {"email": "nobody@example.com"},
        headers={"accept-language": "nl"},
    )

    letter = OutgoingMail.objects.get()
    assert (letter.to, letter.subject) == (
        "nobody@example.com",
        "Er is geen account voor dit adres",
    )
    assert letter.body.startswith("Goedendag,\n")
