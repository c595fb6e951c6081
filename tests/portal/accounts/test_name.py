"""A person changes how they are called: letters, and who did what, say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client: Client) -> Membership:
    membership: Membership = MembershipFactory(person__name="Els Bakker")
    client.force_login(membership.person)
    return membership


def test_the_name_is_changed(client: Client, member: Membership) -> None:
    open_shop()
    assert "Els Bakker" in client.get(reverse("change_name")).content.decode()

    response = client.post(reverse("change_name"), {"name": " Els de Boer "}, follow=True)

    member.person.refresh_from_db()
    assert member.person.name == "Els de Boer"
    html = response.content.decode()
    assert "You are called Els de Boer from now on." in html
    assert reverse("change_name") in html


def test_a_name_of_two_lines_is_one_of_one(client: Client, member: Membership) -> None:
    client.post(reverse("change_name"), {"name": "Els\n\nPay here"})

    member.person.refresh_from_db()
    assert member.person.name == "Els Pay here"


@pytest.mark.parametrize("name", ["", "  ", "x" * 151])
def test_it_stays_without_a_fitting_one(client: Client, member: Membership, name: str) -> None:
    response = client.post(reverse("change_name"), {"name": name})

    assert response.status_code == 200
    member.person.refresh_from_db()
    assert member.person.name == "Els Bakker"


def test_nobody_changes_another_s(client: Client, member: Membership) -> None:
    another = PersonFactory(name="Jan Jansen")

    client.post(reverse("change_name"), {"name": "Els de Boer", "person": another.pk})

    another.refresh_from_db()
    assert another.name == "Jan Jansen"
