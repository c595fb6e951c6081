"""An account is shut, and opened again, by who manages the staff; what it was is told."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import (
    AccountChange,
    Duty,
    History,
    Membership,
    OutgoingMail,
    Person,
    Role,
    StaffChange,
)
from customers.operations import accounts
from tests.factories.customers import (
    InvitationFactory,
    MembershipFactory,
    OrganisationTokenFactory,
    PersonFactory,
)
from tests.factories.shop import open_shop

pytestmark = pytest.mark.django_db

SHUT, OPEN = {"wanted": "shut", "reason": "Stolen"}, {"wanted": "open", "reason": "It is them"}


@pytest.fixture
def manager(client: Client) -> Person:
    manager: Person = PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER], name="Mia Manager")
    client.force_login(manager)
    return manager


def page_of(person: Person) -> str:
    return reverse("backoffice:account", args=[person.pk])


def test_a_customers_is_shut_and_opened_again(client: Client, manager: Person) -> None:
    open_shop()
    membership = MembershipFactory(person__name="Jan", organisation__name="Bakker")
    person, browser = membership.person, Client()
    browser.force_login(person)
    customer = reverse("backoffice:customer", args=[membership.organisation_id])
    assert page_of(person) in client.get(customer).text

    shut = client.post(page_of(person), SHUT, follow=True).text

    person.refresh_from_db()
    assert not person.is_active
    assert "Jan cannot sign in any more." in shut
    assert "Account of Jan shut" in shut
    assert "Stolen" in shut
    assert browser.get(reverse("home")).status_code == 302
    told = History.objects.get(verb="person.account_shut")
    assert (told.organisation, told.reason) == (membership.organisation, "Stolen")

    opened = client.post(page_of(person), OPEN, follow=True).text

    person.refresh_from_db()
    assert person.is_active
    assert "Jan can sign in again." in opened
    rows = AccountChange.objects.order_by("pk").values_list("is_open", "reason", "by")
    assert list(rows) == [(False, "Stolen", manager.pk), (True, "It is them", manager.pk)]
    assert History.objects.filter(verb="person.account_opened").count() == 1
    assert Membership.objects.get() == membership


@pytest.mark.parametrize("by", ["themselves", "another"])
def test_a_colleagues_is_not_shut_before_they_are_ended(
    client: Client, manager: Person, by: str
) -> None:
    """Where it is seen to that somebody manages the staff, and that it is told."""
    person = manager if by == "themselves" else PersonFactory(staff=True)
    assert reverse("backoffice:colleague", args=[person.pk]) in client.get(page_of(person)).text

    page = client.post(page_of(person), SHUT, follow=True).text

    assert str(accounts.StillAColleague()) in page
    person.refresh_from_db()
    assert (person.is_active, person.is_staff) == (True, True)
    assert not AccountChange.objects.exists()


def test_a_second_click_does_not_undo_the_first(client: Client, manager: Person) -> None:
    person = PersonFactory()

    pages = [client.post(page_of(person), SHUT, follow=True).text for _click in range(2)]

    assert str(accounts.AccountShutAlready()) in pages[1]
    person.refresh_from_db()
    assert not person.is_active
    assert AccountChange.objects.count() == 1


def test_whose_account_was_shut_as_a_colleague_comes_back_as_none(manager: Person) -> None:
    """As it was possible before: its duties do not come back with it."""
    former = PersonFactory(staff=True, duties=[Duty.BILLING], is_active=False, is_superuser=True)

    accounts.open_again(former, reason="It is them", by=manager, at=clock.now())

    former.refresh_from_db()
    assert (former.is_active, former.is_staff, former.is_superuser) == (True, False, False)
    assert former.duties == []
    told = StaffChange.objects.get()
    assert (told.before, told.after, told.by) == ([Duty.BILLING], None, manager)


def test_what_is_open_is_not_opened(manager: Person) -> None:
    with pytest.raises(accounts.AccountOpenAlready):
        accounts.open_again(PersonFactory(), reason="Why not", by=manager, at=clock.now())

    assert not AccountChange.objects.exists()


def test_where_somebody_was_signed_in_does_not_come_back_with_the_account(
    manager: Person,
) -> None:
    """Sessions of who was shut out before that ended them."""
    person, browser = PersonFactory(), Client()
    browser.force_login(person)
    UserSession.objects.create(
        user=person, ip="192.0.2.1", session_key=browser.session.session_key, user_agent=""
    )
    Person.objects.filter(pk=person.pk).update(is_active=False)

    accounts.open_again(person, reason="It is them", by=manager, at=clock.now())

    assert SESSION_KEY not in browser.session


@pytest.mark.parametrize("another", ["none", "shut", "reachable"])
def test_who_shuts_the_last_owner_s_account_is_warned(
    client: Client, manager: Person, another: str
) -> None:
    owner = MembershipFactory(organisation__name="Bakker")
    if another != "none":
        MembershipFactory(organisation=owner.organisation, person__is_active=another == "reachable")

    response = client.post(page_of(owner.person), SHUT)

    said = [str(each) for each in get_messages(response.wsgi_request)]
    left = f"can sign in any more: Bakker ({owner.organisation.customer_number})."
    assert any(left in each for each in said) is (another != "reachable")


def test_before_it_the_page_lists_the_invitations_that_it_withdraws(
    client: Client, manager: Person
) -> None:
    """Where nobody is left who reads a letter, staff know whom to invite."""
    owner = MembershipFactory(organisation__name="Bakker")
    open_until = clock.now() + dt.timedelta(days=1)
    sent = {"organisation": owner.organisation, "expires_at": open_until}
    InvitationFactory(
        **sent, invited_by=owner.person, email="successor@example.com", role=Role.OWNER
    )
    InvitationFactory(**sent, email="of.another@example.com")

    asked = client.get(page_of(owner.person)).text
    nothing = client.get(page_of(MembershipFactory().person)).text

    assert "Open invitations that they sent" in asked
    assert "successor@example.com" in asked
    assert "of.another@example.com" not in asked
    assert "Open invitations that they sent" not in nothing


def test_it_leaves_tokens_that_the_owners_are_told_of(client: Client, manager: Person) -> None:
    maker = MembershipFactory(role=Role.DEVELOPER).person
    organisation = maker.memberships.get().organisation
    OrganisationTokenFactory(
        organisation=organisation, made_by=maker, expires_at=clock.now() + dt.timedelta(days=1)
    )
    owner = MembershipFactory(organisation=organisation, role=Role.OWNER).person

    client.post(page_of(maker), SHUT)

    assert OutgoingMail.objects.get().to == owner.email
