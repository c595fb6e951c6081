"""The one door without an invitation: a developer's own organisation, opened by mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail
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
from tests.factories.shop import open_shop
from tests.portal.accounts.test_invitation import NEW_PASSWORD

if TYPE_CHECKING:
    from django.test import Client

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


def test_without_that_door_an_account_takes_an_invitation(client: Client) -> None:
    client.post(reverse("account_signup"), TYPED)

    assert not Person.objects.exists()
    assert not Organisation.objects.exists()


def test_a_second_account_takes_another_turn_through_the_door(client: Client) -> None:
    client.post(reverse("developers"))
    client.post(reverse("account_signup"), TYPED)

    client.post(reverse("account_signup"), TYPED | {"email": "other@example.com"})

    assert Person.objects.count() == 1
