"""An address opens the account by a link to a new password: a screen left open adds none."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.urls import reverse

from tests.factories.customers import PASSWORD, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.django_db

SIGNED_IN_AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
ADD = {"action_add": "", "email": "second@example.com"}


@pytest.fixture
def person(client: Client) -> Iterator[Person]:
    person: Person = PersonFactory(language="nl")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    with time_machine.travel(SIGNED_IN_AT, tick=False):
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        yield person


def confirm(client: Client, password: str) -> Any:
    return client.post(
        reverse("account_reauthenticate"), {"password": password, "next": reverse("account_email")}
    )


@pytest.mark.parametrize("action", ["action_add", "action_primary", "action_remove"])
def test_later_the_password_is_asked_for_first(client: Client, person: Person, action: str) -> None:
    EmailAddress.objects.create(user=person, email="other@example.com", verified=True)
    before = list(EmailAddress.objects.order_by("pk").values())
    email = "second@example.com" if action == "action_add" else "other@example.com"

    with time_machine.travel(SIGNED_IN_AT + dt.timedelta(minutes=16), tick=False):
        asked = client.post(reverse("account_email"), {action: "", "email": email}, follow=True)
        confirm(client, "a guess")

        assert asked.request["PATH_INFO"] == reverse("account_reauthenticate")
        assert "Voer uw wachtwoord nog eens in." in asked.content.decode()
        assert list(EmailAddress.objects.order_by("pk").values()) == before

        confirm(client, PASSWORD)

    assert list(EmailAddress.objects.order_by("pk").values()) != before


def test_who_has_just_signed_in_is_not_asked(client: Client, person: Person) -> None:
    client.post(reverse("account_email"), ADD)

    assert EmailAddress.objects.filter(user=person, email=ADD["email"]).exists()
