"""After a change of SECRET_KEY everybody is still signed in, and can still be signed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.urls import reverse

from customers.operations import second_factors
from customers.sessions import SessionStore
from tests.factories.customers import PASSWORD, PersonFactory

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from customers.models import Person

pytestmark = pytest.mark.django_db

PAGE = "account_change_password"


@pytest.fixture
def person(client: Client, settings: Settings) -> Person:
    """Signed in before the key was changed, and looking at a page since."""
    person: Person = PersonFactory()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    typed = {"login": person.email, "password": PASSWORD}
    client.post(reverse("account_login"), typed, headers={"user-agent": "Browser 1"})
    before = client.session.session_key
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert is_signed_in(client)
    assert client.session.session_key != before
    second_factors.forget_where_nobody_is_signed_in()
    return person


def is_signed_in(client: Client) -> bool:
    return client.get(reverse(PAGE)).status_code == 200


def test_the_session_is_listed(client: Client, person: Person) -> None:
    page = client.get(reverse("usersessions_list")).content.decode()

    assert "Browser 1" in page
    [known] = UserSession.objects.filter(user=person)
    assert known.session_key == client.session.session_key


def test_the_session_is_ended_with_all_of_them(client: Client, person: Person) -> None:
    second_factors.sign_out_everywhere(person)

    assert not is_signed_in(client)
    assert not UserSession.objects.exists()


def test_each_of_two_pages_that_were_asked_for_at_once_is_ended() -> None:
    person = PersonFactory()
    store = SessionStore()
    store.create()
    UserSession.objects.create(user=person, session_key=store.session_key, ip="192.0.2.7")
    at_once = [SessionStore(store.session_key), SessionStore(store.session_key)]
    for each in at_once:
        each.load()

    for each in at_once:
        each.cycle_key()
    second_factors.sign_out_everywhere(person)

    assert not any(each.exists(each.session_key or "") for each in at_once)
