"""A second factor is set up, asked for at the sign-in, used up, and taken away."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from customers.models import OutgoingMail
from customers.operations import second_factors
from tests.factories.customers import PASSWORD, MembershipFactory, PersonFactory
from tests.factories.second_factors import code_now, set_up, sign_in, wrong_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from customers.models import Person

pytestmark = pytest.mark.django_db

HOME = "backoffice:home"


@pytest.fixture(autouse=True)
def _as_on_a_server(settings: Settings) -> Iterator[None]:
    settings.STAFF_NEED_SECOND_FACTOR = settings.CUSTOMERS_NEED_SECOND_FACTOR = True
    with time_machine.travel(dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC), tick=False):
        yield  # a code lasts for half a minute


@pytest.fixture
def colleague() -> Person:
    return PersonFactory(staff=True, name="Carla")


def enter_password(client: Client, person: Person) -> Any:
    typed = {"login": person.email, "password": PASSWORD}
    return client.post(reverse("account_login"), typed)


def enter_code(client: Client, code: str, page: str = "mfa_authenticate") -> Any:
    return client.post(reverse(page), {"code": code})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def confirmed(person: Person) -> Person:
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def test_a_colleague_sets_it_up_before_anything_else(client: Client, colleague: Person) -> None:
    other = Client()
    confirmed(colleague)
    for each in (client, other):
        enter_password(each, colleague)
    set_it_up = reverse("mfa_activate_totp")
    assert client.get(reverse(HOME)).headers["Location"] == set_it_up

    page = client.get(set_it_up)
    secret = page.context["form"].secret
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert f'value="{secret}"' in page.content.decode()
    wrong = enter_code(client, wrong_code(secret), "mfa_activate_totp")
    assert "Incorrect code." in wrong.content.decode()
    assert not Authenticator.objects.exists()
    right = enter_code(client, code_now(secret), "mfa_activate_totp")

    assert right.headers["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(right.headers["Location"]).content.decode()
    assert len(set(re.findall(r"<code>(\d{8})</code>", codes))) == 10
    assert client.get(reverse(HOME)).status_code == 200
    assert not is_signed_in(other)  # who signed in with the password alone does so anew
    kept = " ".join(str(each.data) for each in Authenticator.objects.all())
    assert secret not in kept


@pytest.mark.django_db(transaction=True)
def test_who_sets_it_up_gets_a_letter(colleague: Person, client: Client) -> None:
    enter_password(client, confirmed(colleague))
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    enter_code(client, code_now(secret), "mfa_activate_totp")

    assert OutgoingMail.objects.get().subject == "Your account has a second factor"


def test_the_password_and_a_code_let_in(client: Client, colleague: Person) -> None:
    set_up(confirmed(colleague))

    asked = enter_password(client, colleague)
    assert asked.headers["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    refused = enter_code(client, wrong_code())
    assert "Incorrect code." in refused.content.decode()
    assert not is_signed_in(client)
    enter_code(client, code_now())

    assert client.get(reverse(HOME)).status_code == 200
    page = client.get(reverse("mfa_index")).content.decode()
    assert "On, with an app" in page
    assert "15 November 2026" in page


def test_a_code_is_good_once(client: Client, colleague: Person) -> None:
    set_up(confirmed(colleague))
    second = Client()
    for each in (client, second):
        enter_password(each, colleague)
        enter_code(each, code_now())

    assert (is_signed_in(client), is_signed_in(second)) == (True, False)


def test_a_recovery_code_is_good_once(client: Client, colleague: Person) -> None:
    [code, *_others] = set_up(confirmed(colleague))
    second = Client()
    for each in (client, second):
        enter_password(each, colleague)
        enter_code(each, code)

    assert (is_signed_in(client), is_signed_in(second)) == (True, False)
    [row] = re.findall(r"<dd>(9)</dd>", client.get(reverse("mfa_index")).content.decode())
    assert row == "9"


def test_guessing_ends_soon(client: Client, colleague: Person, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    set_up(confirmed(colleague))
    enter_password(client, colleague)
    for _attempt in range(3):
        enter_code(client, wrong_code())

    enter_code(client, code_now())

    assert not is_signed_in(client)


def test_an_older_session_shows_a_code_and_goes_on(client: Client, colleague: Person) -> None:
    set_up(colleague)
    sign_in(client, colleague)
    page = reverse("backoffice:customers")

    first = client.get(page, {"q": "a"})
    assert first.headers["Location"] == (
        f"{reverse('mfa_reauthenticate')}?{urlencode({'next': page + '?q=a'})}"
    )
    after = client.post(first.headers["Location"], {"code": code_now(), "next": f"{page}?q=a"})

    assert after.headers["Location"] == f"{page}?q=a"
    assert client.get(page).status_code == 200


def test_with_the_password_alone_nobody_reads_the_recovery_codes(
    client: Client, colleague: Person
) -> None:
    set_up(colleague)
    sign_in(client, colleague)

    for name in (
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
    ):
        for method in (client.get, client.post):
            where = method(reverse(name)).headers["Location"].partition("?")[0]
            assert where == reverse("mfa_reauthenticate"), name


def test_who_needs_it_takes_it_away_only_for_another(client: Client, colleague: Person) -> None:
    set_up(colleague)
    sign_in(client, colleague, shown=True)

    client.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.exists()
    assert client.get(reverse(HOME)).headers["Location"] == reverse("mfa_activate_totp")


def test_a_reader_has_it_if_they_like(client: Client) -> None:
    reader = MembershipFactory(role="reader").person
    sign_in(client, reader)

    page = client.get(reverse("mfa_index"))

    assert "With your role you need one." not in page.content.decode()


def test_the_other_browsers_are_signed_out(client: Client, colleague: Person) -> None:
    set_up(confirmed(colleague))
    other = Client(headers={"user-agent": "Another browser"})
    [one, another, *_codes] = codes_of(colleague)
    for each, code in ((other, one), (client, another)):
        enter_password(each, colleague)
        enter_code(each, code)
    sessions = reverse("usersessions_list")
    assert "Another browser" in client.get(sessions).content.decode()

    page = client.post(sessions, follow=True).content.decode()

    assert "You are signed out of all other browsers." in page
    assert "Another browser" not in page
    assert (is_signed_in(client), is_signed_in(other)) == (True, False)


def codes_of(person: Person) -> list[str]:
    codes: list[str] = (
        Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    )
    return codes


def test_from_where_nobody_is_signed_in_any_more_is_forgotten(
    client: Client, colleague: Person
) -> None:
    enter_password(client, confirmed(colleague))
    UserSession.objects.create(user=colleague, ip="192.0.2.1", session_key="gone", user_agent="")

    assert second_factors.forget_where_nobody_is_signed_in() == 1
    assert UserSession.objects.get().session_key == Session.objects.get().session_key
