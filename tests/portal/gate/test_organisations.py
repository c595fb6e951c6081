"""Nobody gets at the pages of an organisation that is not theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Role
from portal.access import Audience
from tests.portal.gate.routes import NOBODYS, Route, address_of, routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from tests.portal.gate.worlds import Gate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_what_is_theirs_is_not_there_for_us(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    address = address_of(route, gate.theirs.ids)

    found = {
        f"{name} {method}": ask(person, method, address).status_code
        for name, person in gate.people.items()
        for method in methods
    }

    assert found == dict.fromkeys(found, 404)


@pytest.mark.parametrize(
    "route",
    [
        each
        for each in routes(Audience.ORGANISATION)
        if set(each.values[0].ids) - {"organisation_id"} - NOBODYS
    ],
)
def test_what_is_theirs_is_not_there_below_our_own_address(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    address = address_of(route, gate.theirs.ids | {"organisation_id": gate.ours.customer.pk})

    found = {
        (name, method): ask(person, method, address).status_code
        for name, person in gate.customers.items()
        for method in methods
    }

    # A role without the permission is told so before anything is looked up, and a method that
    # the view does not know is refused before that as well.
    assert set(found.values()) <= {403, 404, 405}
    owners = {status for (name, _method), status in found.items() if name == Role.OWNER}
    assert owners <= {404, 405}
    assert 404 in owners


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_the_same_address_is_there_for_whose_it_is(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    """Otherwise the 404s above would prove nothing."""
    response = ask(gate.people[Role.OWNER], "get", address_of(route, gate.ours.ids))

    assert response.status_code in (200, 302, 405, 422)


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_nobody_comes_in_without_signing_in(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    address = address_of(route, gate.ours.ids)

    for method in methods:
        response = ask(None, method, address)
        assert response.status_code == 302, method
        assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_a_role_without_the_permission_is_refused(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    from portal.access import PERMISSIONS

    assert route.access
    address = address_of(route, gate.ours.ids)
    without = [role for role in Role if route.access.permission not in PERMISSIONS[role]]

    for role in without:
        for method in methods:
            assert ask(gate.people[role], method, address).status_code == 403, (role, method)
