from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils.timezone import get_default_timezone

from customers import clock
from customers.models import Invitation, Membership, OutgoingMail, Person, Role
from customers.operations import people
from portal.formatting import instant_text
from tests.factories.customers import (
    PASSWORD,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
)

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "een-lang-genoeg-wachtwoord"


@pytest.fixture
def offer() -> tuple[Invitation, str]:
    owner = MembershipFactory(organisation__name="Bakker", person__name="Els Bakker")
    return people.invite(
        owner.organisation,
        email="new@example.com",
        role=Role.DEVELOPER,
        by=owner.person,
        at=clock.now(),
    )


def link(token: str) -> str:
    return reverse("invitation", kwargs={"token": token})


def sign_up(client: Client, email: str = "new@example.com") -> str:
    """Where it leads; nowhere when it is refused."""
    response = client.post(
        reverse("account_signup"),
        {
            "email": email,
            "name": "New Person",
            "password1": NEW_PASSWORD,
            "password2": NEW_PASSWORD,
        },
    )
    return response.headers.get("Location", "")


def sign_in(client: Client, email: str) -> str:
    response = client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    return response.headers.get("Location", "")


def with_verified_address(person: Person) -> Person:
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


class TestPage:
    def test_it_says_who_invites_you_to_what(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        response = client.get(link(offer[1]))

        page = response.content.decode()
        assert "Els Bakker invites you to the customer portal of Bakker" in page
        assert "<strong>Developer</strong>" in page
        assert reverse("account_signup") in page

    def test_the_letter_and_the_page_name_the_same_day(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        invitation, token = offer
        until = instant_text(invitation.expires_at.astimezone(get_default_timezone()), "en")

        letter = OutgoingMail.objects.get().body

        assert f"The invitation is open until {until}." in letter
        assert f"open until {until}." in client.get(link(token)).text

    def test_somebody_with_an_account_is_asked_to_sign_in(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        PersonFactory(email="new@example.com")

        page = client.get(link(offer[1])).content.decode()

        assert reverse("account_login") in page
        assert reverse("account_signup") not in page

    def test_an_account_accepts_what_went_to_its_other_address(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        person = with_verified_address(PersonFactory())
        EmailAddress.objects.create(user=person, email="new@example.com", verified=True)
        page = client.get(link(offer[1])).content.decode()
        assert reverse("account_signup") not in page
        client.force_login(person)

        page = client.get(link(offer[1])).content.decode()
        client.post(link(offer[1]))

        assert "Accept the invitation" in page
        assert Membership.objects.get(person=person).role == Role.DEVELOPER

    def test_an_address_that_waits_for_its_confirmation_accepts_nothing(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        person = with_verified_address(PersonFactory())
        EmailAddress.objects.create(user=person, email="new@example.com", verified=False)
        client.force_login(person)

        response = client.post(link(offer[1]))

        assert response.status_code == 410
        assert not Membership.objects.filter(person=person).exists()

    @pytest.mark.parametrize("state", ["unknown", "withdrawn", "expired"])
    def test_a_useless_link_says_why(self, client: Client, state: str) -> None:
        token, sentence = {
            "unknown": ("never-issued", "does not exist"),
            "withdrawn": ("one", "was withdrawn"),
            "expired": ("two", "has expired"),
        }[state]
        long_ago = clock.now() - dt.timedelta(days=30)
        for name, fields in {
            "one": {"withdrawn_at": long_ago, "expires_at": clock.now() + dt.timedelta(days=1)},
            "two": {"expires_at": clock.now()},
        }.items():
            InvitationFactory(token_hash=people._hash(name), **fields)

        response = client.get(link(token))

        assert response.status_code == 410
        assert sentence in response.content.decode()


class TestSignUp:
    def test_without_an_invitation_it_is_closed(self, client: Client) -> None:
        sign_up(client)

        assert not Person.objects.exists()

    def test_signing_up_accepts_the_invitation(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        client.get(link(offer[1]))

        landing = sign_up(client)

        membership = Membership.objects.get(person__email="new@example.com")
        assert membership.role == Role.DEVELOPER
        assert membership.person.name == "New Person"
        assert landing == reverse("pages:overview", args=[membership.organisation_id])
        assert EmailAddress.objects.get(user=membership.person).verified
        letters = OutgoingMail.objects.order_by("pk").values_list("to", flat=True)
        inviting = offer[0].invited_by.email  # and no letter to confirm the address
        assert list(letters) == ["new@example.com", inviting, "new@example.com"]

    def test_the_account_is_for_the_invited_address_whatever_is_sent(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        client.get(link(offer[1]))

        sign_up(client, email="other@example.com")

        assert not Person.objects.filter(email="other@example.com").exists()
        assert Membership.objects.filter(person__email="new@example.com").exists()

    def test_an_invitation_withdrawn_meanwhile_closes_it_again(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        invitation, token = offer
        client.get(link(token))
        people.withdraw_invitation(invitation, by=invitation.invited_by, at=clock.now())

        sign_up(client)

        assert not Person.objects.filter(email="new@example.com").exists()


class TestSignIn:
    def test_signing_in_accepts_the_invitation(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        person = with_verified_address(PersonFactory(email="new@example.com"))
        client.get(link(offer[1]))

        landing = sign_in(client, "NEW@example.com")

        membership = Membership.objects.get(person=person)
        assert landing == reverse("pages:overview", args=[membership.organisation_id])

    def test_signing_in_as_somebody_else_accepts_nothing(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        other = with_verified_address(PersonFactory(email="other@example.com"))
        client.get(link(offer[1]))

        sign_in(client, other.email)

        assert not Membership.objects.filter(person=other).exists()
        assert list(Invitation.objects.open_at(clock.now())) == [offer[0]]

    def test_who_is_signed_in_accepts_with_a_button(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        person = PersonFactory(email="new@example.com")
        client.force_login(person)
        assert "Accept the invitation" in client.get(link(offer[1])).content.decode()

        response = client.post(link(offer[1]))

        membership = Membership.objects.get(person=person)
        assert response["Location"] == reverse("pages:overview", args=[membership.organisation_id])

    def test_who_is_signed_in_as_somebody_else_is_told(
        self, client: Client, offer: tuple[Invitation, str]
    ) -> None:
        other = PersonFactory(email="other@example.com")
        client.force_login(other)
        page = client.get(link(offer[1])).content.decode()
        assert "You are signed in as other@example.com" in page

        response = client.post(link(offer[1]))

        assert response.status_code == 410
        assert not Membership.objects.filter(person=other).exists()


class TestLanding:
    @pytest.mark.parametrize("organisations", [0, 1, 2])
    @pytest.mark.parametrize("staff", [False, True])
    def test_it_fits_the_person(self, client: Client, organisations: int, staff: bool) -> None:
        person = with_verified_address(PersonFactory(staff=staff))
        members = MembershipFactory.create_batch(organisations, person=person)

        landing = sign_in(client, person.email)

        if organisations == 1:
            assert landing == reverse("pages:overview", args=[members[0].organisation_id])
        elif staff and not organisations:
            assert landing == reverse("backoffice:home")
        else:
            assert landing == reverse("pages:organisation_chooser")


class TestLanguage:
    def test_signing_in_brings_the_persons_language(self, client: Client) -> None:
        person = with_verified_address(PersonFactory(language="nl"))
        MembershipFactory(person=person, organisation=OrganisationFactory())

        sign_in(client, person.email)

        assert client.cookies["django_language"].value == "nl"

    def test_switching_keeps_the_choice_with_the_person(self, client: Client) -> None:
        person = PersonFactory(language="en")
        client.force_login(person)

        client.post(reverse("set_language"), {"language": "nl", "next": "/organisations/"})

        person.refresh_from_db()
        assert person.language == "nl"
        assert client.cookies["django_language"].value == "nl"

    def test_a_visitor_switches_for_the_browser(self, client: Client) -> None:
        response = client.post(reverse("set_language"), {"language": "nl", "next": "/accounts/"})

        assert response.status_code == 302
        assert client.cookies["django_language"].value == "nl"
