"""Without the second factor they need, nobody comes further than to setting it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from customers.models import Duty, Role
from portal.access import PERMISSIONS, Audience
from tests.factories.customers import PersonFactory
from tests.factories.second_factors import set_up, sign_in
from tests.portal.gate.routes import ANY_IDS, Route, address_of, routes, walk
from tests.portal.gate.test_back_office import _admin_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from tests.portal.gate.worlds import Gate

pytestmark = pytest.mark.django_db

SET_UP, SHOW = "mfa_activate_totp", "mfa_reauthenticate"


@pytest.fixture(autouse=True)
def _as_on_a_server(settings: Settings) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = settings.CUSTOMERS_NEED_SECOND_FACTOR = True


def for_staff(gate: Gate) -> Iterator[tuple[str, str]]:
    """Every address of the back office and of the administration."""
    for each in routes(Audience.STAFF):
        route: Route = each.values[0]
        yield route.name, address_of(route, ANY_IDS | gate.ours.ids)
    for route in walk(get_resolver()):
        if route.name.startswith("admin:"):
            yield route.name, _admin_address(route)


def leads_to(client: Client, method: str, address: str) -> str:
    """Only the way: neither its query nor the page."""
    return getattr(client, method)(address).headers.get("Location", "").partition("?")[0]


@pytest.mark.parametrize("has_one", [False, True], ids=["none set up", "not shown"])
def test_nothing_of_the_vendors_opens_without(
    gate: Gate, methods: tuple[str, ...], *, has_one: bool
) -> None:
    colleague, client = PersonFactory(staff=True, duties=Duty.values, is_superuser=True), Client()
    if has_one:
        set_up(colleague)
    sign_in(client, colleague)
    wanted = reverse(SHOW if has_one else SET_UP)

    found = {
        (name, method): leads_to(client, method, address)
        for name, address in for_staff(gate)
        for method in methods
    }

    assert len(found) > 75 * len(methods)
    assert {key: where for key, where in found.items() if where != wanted} == {}


def test_with_it_shown_it_opens(gate: Gate) -> None:
    """Otherwise the ways above would prove nothing."""
    colleague, client = PersonFactory(staff=True, is_superuser=True), Client()
    set_up(colleague)
    sign_in(client, colleague, shown=True)

    assert client.get(reverse("backoffice:home")).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_owners_and_billing_contacts_need_it_and_others_do_not(gate: Gate, role: Role) -> None:
    client = Client()
    sign_in(client, gate.people[role])
    pages = [
        route
        for route in (each.values[0] for each in routes(Audience.ORGANISATION))
        if route.access.permission in PERMISSIONS[role]
    ]

    stopped = {
        leads_to(client, "get", address_of(route, gate.ours.ids)) == reverse(SET_UP)
        for route in pages
    }

    assert stopped == {role in (Role.OWNER, Role.BILLING_CONTACT)}


def test_what_is_everybodys_stays_open(gate: Gate) -> None:
    client = Client()
    sign_in(client, gate.people["staff"])

    answers = {
        name: client.get(reverse(name)).status_code
        for name in ("developers", "pages:api_reference", "healthz", SET_UP, "account_logout")
    }

    assert set(answers.values()) == {200}


def test_a_program_is_asked_for_none(gate: Gate) -> None:
    token = {"authorization": f"Bearer {gate.secrets['live']}"}

    assert Client(headers=token).get(reverse("api:organisations")).status_code == 200


def test_without_the_policy_a_password_will_do(gate: Gate, settings: Settings) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = settings.CUSTOMERS_NEED_SECOND_FACTOR = False
    client = Client()
    sign_in(client, gate.people["staff"])

    assert client.get(reverse("backoffice:home")).status_code == 200
