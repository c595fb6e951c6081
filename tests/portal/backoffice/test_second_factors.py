"""A lost second factor is taken away by who made sure who is asking; what matters asks again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from customers.models import Duty, History, OutgoingMail, SecondFactorReset
from customers.operations import second_factors
from tests.factories.customers import PASSWORD, MembershipFactory, PersonFactory
from tests.factories.second_factors import code_now, set_up, sign_in
from tests.factories.shop import open_shop
from tests.portal.gate.routes import ANY_IDS, ROUTES, address_of

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from customers.models import Person

pytestmark = pytest.mark.django_db

CALLED_BACK = {"reason": "Called back on the number that we know"}


@pytest.fixture
def manager(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER], name="Mia Manager")


def test_a_colleagues_is_taken_away(client: Client, manager: Person) -> None:
    colleague, browser = PersonFactory(staff=True, name="Carla"), Client()
    set_up(colleague)
    sign_in_by_form(browser, colleague)
    client.force_login(manager)
    page = client.get(reverse("backoffice:colleague", args=[colleague.pk])).content.decode()
    address = reverse("backoffice:reset_of_colleague", args=[colleague.pk])
    assert address in page

    page = client.post(address, CALLED_BACK, follow=True).content.decode()

    assert "The second factor of Carla is taken away; a letter tells them." in page
    assert "Second factor of Carla taken away" in page
    assert "Called back on the number that we know" in page
    assert not Authenticator.objects.exists()
    assert "_auth_user_id" not in browser.session
    letter = OutgoingMail.objects.get()
    assert (letter.to, letter.subject) == (colleague.email, "Your second factor is taken away")
    assert "Mia Manager has taken away the second factor" in letter.body


def sign_in_by_form(client: Client, person: Person) -> None:
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code_now()})
    assert "_auth_user_id" in client.session


def test_a_customers_reads_of_it_in_the_history(client: Client) -> None:
    open_shop()
    membership = MembershipFactory(person__name="Jan")
    set_up(membership.person)
    client.force_login(PersonFactory(staff=True, duties=[Duty.SALES]))
    address = reverse(
        "backoffice:reset_of_member", args=[membership.organisation_id, membership.person_id]
    )
    customer = reverse("backoffice:customer", args=[membership.organisation_id])
    assert address in client.get(customer).content.decode()

    page = client.post(address, CALLED_BACK, follow=True).content.decode()

    assert "Second factor of Jan taken away" in page
    assert address not in page
    told = History.objects.get(verb="person.second_factor_reset")
    assert (told.organisation_id, told.reason) == (
        membership.organisation_id,
        CALLED_BACK["reason"],
    )


def test_a_colleagues_is_not_reached_through_a_customer(client: Client) -> None:
    membership = MembershipFactory(person__is_staff=True)
    set_up(membership.person)
    client.force_login(PersonFactory(staff=True, duties=[Duty.SALES]))
    address = reverse(
        "backoffice:reset_of_member", args=[membership.organisation_id, membership.person_id]
    )

    assert client.post(address, CALLED_BACK).status_code == 404
    assert Authenticator.objects.exists()


def test_nobody_takes_away_their_own(client: Client, manager: Person) -> None:
    set_up(manager)
    client.force_login(manager)
    address = reverse("backoffice:reset_of_colleague", args=[manager.pk])

    page = client.post(address, CALLED_BACK, follow=True).content.decode()

    assert str(second_factors.OwnSecondFactor()) in page
    assert Authenticator.objects.filter(user=manager).exists()
    assert not SecondFactorReset.objects.exists()


def test_where_there_is_none_nothing_is_written(client: Client, manager: Person) -> None:
    colleague = PersonFactory(staff=True)
    client.force_login(manager)

    client.post(reverse("backoffice:reset_of_colleague", args=[colleague.pk]), CALLED_BACK)

    assert not SecondFactorReset.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_the_command_line_helps_when_nobody_is_left(manager: Person) -> None:
    set_up(manager)

    call_command("reset_second_factor", manager.email, reason="She stands beside me")

    assert not Authenticator.objects.exists()
    assert SecondFactorReset.objects.get().by is None
    with pytest.raises(CommandError, match="no colleague"):
        call_command("reset_second_factor", "nobody@example.com", reason="…")


def test_duties_are_given_by_who_has_just_said_who_they_are(
    client: Client, manager: Person, settings: Settings
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    colleague = PersonFactory(staff=True, duties=[Duty.SALES])
    address = reverse("backoffice:colleague", args=[colleague.pk])
    set_up(manager)
    sign_in(client, manager, shown=True, ago=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1)
    assert client.get(address).status_code == 200

    asked = client.post(address, {"duties": ["billing"]})
    colleague.refresh_from_db()
    asking = f"{reverse('account_reauthenticate')}?{urlencode({'next': address})}"
    assert asked.headers["Location"] == asking
    assert colleague.duties == ["sales"]
    page = client.post(asked.headers["Location"], {"password": PASSWORD, "next": address})

    colleague.refresh_from_db()
    assert page.headers["Location"] == address
    assert colleague.duties == ["billing"]
    client.post(address, {"duties": []})  # within the next minutes nobody is asked again
    colleague.refresh_from_db()
    assert colleague.duties == []


@pytest.mark.parametrize(
    "name",
    [
        "account",
        "approve_run",
        "approve_credit",
        "colleague",
        "end_colleague",
        "invite_to_staff",
        "reset_of_colleague",
        "reset_of_member",
    ],
)
def test_these_ask_once_more(client: Client, settings: Settings, name: str) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    colleague = PersonFactory(staff=True, duties=Duty.values)
    set_up(colleague)
    sign_in(client, colleague, shown=True, ago=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1)
    [route] = [each for each in ROUTES if each.name == f"backoffice:{name}"]

    asked = client.post(address_of(route, ANY_IDS))

    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
