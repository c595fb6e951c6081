"""The one door without an invitation: a developer's own organisation, opened by mail."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import (
    DeveloperSignUp,
    History,
    Membership,
    Organisation,
    Person,
    Role,
)
from customers.operations.mail import deliver_due
from tests.factories.customers import PASSWORD, PersonFactory
from tests.factories.shop import open_shop
from tests.portal.accounts.test_invitation import NEW_PASSWORD

pytestmark = pytest.mark.django_db

TYPED = {
    "email": "dev@example.com",
    "name": "Dana Developer",
    "organisation": "Webshop Makers",
    "country": "NO",
    "password1": NEW_PASSWORD,
    "password2": NEW_PASSWORD,
}


def test_signing_up_makes_a_partner_when_the_mail_is_confirmed(client: Client) -> None:
    open_shop()
    client.post(reverse("developers"))
    client.post(reverse("account_signup"), TYPED)
    assert Person.objects.get().email == "dev@example.com"
    assert not Organisation.objects.exists()
    assert not History.objects.exists()

    deliver_due(clock.now())
    [link] = re.findall(r"https?://\S+", str(mail.outbox[0].body))
    client.post(link)

    organisation = Organisation.objects.get()
    assert (organisation.name, organisation.kind) == ("Webshop Makers", "partner")
    assert (organisation.country, organisation.currency) == ("NO", "NOK")
    membership = Membership.objects.get()
    assert (membership.person.email, membership.role) == ("dev@example.com", Role.OWNER)
    overview = reverse("pages:overview", args=[organisation.pk])
    assert client.get(overview).status_code == 302  # not yet signed in

    client.post(link)  # a second click makes no second one
    client.post(reverse("account_login"), {"login": "dev@example.com", "password": NEW_PASSWORD})
    assert client.get(overview).status_code == 200
    assert Organisation.objects.count() == 1
    assert not DeveloperSignUp.objects.exists()


def test_a_stranger_writes_no_paragraph_of_our_letters(client: Client) -> None:
    broken = {"name": "Dana\n\nPay here", "organisation": "Makers\r\n\r\nPay here"}
    client.post(reverse("developers"))

    client.post(reverse("account_signup"), TYPED | broken)

    assert Person.objects.get().name == "Dana Pay here"
    assert DeveloperSignUp.objects.get().organisation_name == "Makers Pay here"


def test_without_that_door_an_account_takes_an_invitation(client: Client) -> None:
    client.post(reverse("account_signup"), TYPED)

    assert not Person.objects.exists()
    assert not Organisation.objects.exists()


def test_a_second_account_takes_another_turn_through_the_door(client: Client) -> None:
    client.post(reverse("developers"))
    client.post(reverse("account_signup"), TYPED)

    client.post(reverse("account_signup"), TYPED | {"email": "other@example.com"})

    assert Person.objects.count() == 1


@pytest.fixture
def link(client: Client) -> str:
    """In the mail to the address with which somebody signed up in `client`."""
    client.post(reverse("developers"))
    client.post(reverse("account_signup"), TYPED)
    deliver_due(clock.now())
    [link] = re.findall(r"https?://\S+", str(mail.outbox[0].body))
    return str(link)


def signs_in(browser: Client, password: str) -> bool:
    browser.post(reverse("account_login"), {"login": TYPED["email"], "password": password})
    return "_auth_user_id" in browser.session


class TestConfirmedElsewhere:
    """Whoever reads the mail has the account, and not whoever typed its address."""

    def test_the_password_of_who_signed_up_counts_no_more(self, client: Client, link: str) -> None:
        mailbox = Client()

        mailbox.post(link)

        assert Membership.objects.get().person.email == TYPED["email"]
        assert not signs_in(client, NEW_PASSWORD)
        assert not signs_in(mailbox, NEW_PASSWORD)
        client.get(reverse("account_email_verification_sent"))
        assert "_auth_user_id" not in client.session

    def test_the_person_is_told_why_and_chooses_one(self, client: Client, link: str) -> None:
        phone = Client()

        chosen = phone.post(link, follow=True)

        html = chosen.content.decode()
        assert "Choose your password" in html
        assert "New password (again)" in html
        assert "New Password" not in html
        assert "You signed up in another browser or on another device" in html
        again = {"password1": "telephone-tulip-9", "password2": "telephone-tulip-9"}
        phone.post(chosen.redirect_chain[-1][0], again)
        assert signs_in(phone, "telephone-tulip-9")
        assert signs_in(client, "telephone-tulip-9")
        assert Organisation.objects.count() == 1

    def test_who_leaves_that_page_asks_for_another_link(self, link: str) -> None:
        Client().post(link)
        later = Client()

        later.post(reverse("account_reset_password"), {"email": TYPED["email"]})

        deliver_due(clock.now())
        assert "/password/reset/key/" in str(mail.outbox[-1].body)

    def test_where_the_password_was_typed_it_stays_however_late(
        self, client: Client, link: str
    ) -> None:
        with time_machine.travel(clock.now() + dt.timedelta(hours=20)):
            client.post(link)

        assert signs_in(Client(), NEW_PASSWORD)

    def test_who_signs_in_with_it_elsewhere_first_has_typed_it_there(self, link: str) -> None:
        phone = Client()
        assert not signs_in(phone, NEW_PASSWORD)  # the address is not confirmed

        phone.post(link)

        assert signs_in(phone, NEW_PASSWORD)


def test_another_address_of_who_signs_in_already_leaves_the_password(client: Client) -> None:
    person = PersonFactory()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": "second@example.com"})
    deliver_due(clock.now())
    [letter] = [sent for sent in mail.outbox if sent.to == ["second@example.com"]]
    [link] = re.findall(r"https?://\S+", str(letter.body))

    Client().post(link)

    person.refresh_from_db()
    assert person.has_usable_password()
