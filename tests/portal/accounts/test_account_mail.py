"""Letters about accounts wait as rows, like all others: no page waits for a mail server."""

from __future__ import annotations

import datetime as dt
from smtplib import SMTPServerDisconnected
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core import mail as sent_mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from customers.models import OutgoingMail
from customers.operations import mail
from portal.settings.base import ACCOUNT_RATE_LIMITS
from tests.factories.customers import PersonFactory
from tests.portal.accounts.test_developers import TYPED

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

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


def test_an_address_without_account_gets_no_letter_and_the_same_page(client: Client) -> None:
    known = PersonFactory()

    answers = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("nobody@example.com", known.email)
    ]

    for answer in answers:
        assert "If that address belongs to an account" in answer.content.decode()
    assert OutgoingMail.objects.get().to == known.email


@pytest.fixture
def _limits(settings: Settings) -> None:
    """As on a server: other tests sign up and ask as often as they like."""
    settings.ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS


@pytest.mark.usefixtures("_limits")
def test_nobody_is_written_to_more_often_in_a_day_than_a_person_needs(client: Client) -> None:
    person = PersonFactory(email=TYPED["email"])

    def ask(minutes: int) -> list[int]:
        """A new password, and an account with this address; how both are answered."""
        with time_machine.travel(AT + dt.timedelta(minutes=minutes), tick=False):
            stranger = Client()
            stranger.post(reverse("developers"))
            return [
                answer.status_code
                for answer in (
                    stranger.post(reverse("account_reset_password"), {"email": person.email}),
                    stranger.post(reverse("account_signup"), TYPED),
                )
            ]

    answers = [ask(minutes) for minutes in range(0, 100, 5)]

    assert OutgoingMail.objects.filter(to=person.email).count() == 10
    assert answers == [[302, 302]] * 20  # a stranger reads nothing from it
    ask(24 * 60 + 60)
    assert OutgoingMail.objects.count() == 12


@pytest.mark.usefixtures("_limits")
def test_what_is_to_be_confirmed_is_not_sent_every_three_minutes_either(client: Client) -> None:
    with time_machine.travel(AT, tick=False):
        client.post(reverse("developers"))
        client.post(reverse("account_signup"), TYPED)

    for minutes in range(4, 100, 4):
        with time_machine.travel(AT + dt.timedelta(minutes=minutes), tick=False):
            Client().post(
                reverse("account_login"),
                {"login": TYPED["email"], "password": TYPED["password1"]},
            )

    assert OutgoingMail.objects.filter(to=TYPED["email"]).count() == 10
