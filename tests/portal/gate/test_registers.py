"""Every address of the portal is registered: who adds one says whose it is.

A view registers itself by its decorator (`portal/access.py`); `routes.py` holds a second time
what needs no organisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from portal.access import (
    Audience,
    Permission,
    organisation_view,
    signed_in_view,
    staff_view,
)
from portal.api.doors import asking_view, platform_view, reporting_view
from portal.api.oauth.door import application_view, client_view
from portal.api.oauth.views import introspect
from portal.api.v1.door import guard
from subscriptions.applications.models import Scope
from tests.portal.gate.routes import ACCOUNTS, API, PROGRAMS, PUBLIC, ROUTES, SIGNED_IN, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from tests.portal.gate.worlds import Gate

pytestmark = pytest.mark.django_db


def _view(*_: Any, **__: Any) -> HttpResponse:
    """Behind a door that nobody comes through."""
    raise NotImplementedError


DOORS: dict[Audience, list[Any]] = {
    Audience.SIGNED_IN: [signed_in_view(_view)],
    Audience.ORGANISATION: [organisation_view(Permission.VIEW)(_view)],
    Audience.STAFF: [staff_view()(_view)],
    Audience.PROGRAM: [
        guard(_view, {}),
        reporting_view(_view),
        asking_view(_view),
        platform_view(_view),
        client_view(_view),
        application_view(Scope.ENTITLEMENTS_READ)(_view),
        introspect,
    ],
}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_says_whose_it_is(route: Route) -> None:
    if route.access is None:
        assert route.name in ACCOUNTS, f"{route.address} is guarded by nothing"
        return
    match route.access.audience:
        case Audience.PUBLIC:
            assert route.name in PUBLIC
        case Audience.SIGNED_IN:
            assert route.name in SIGNED_IN
        case Audience.ORGANISATION:
            assert route.address.startswith("organisations/<int:organisation_id>/")
            assert route.access.permission is not None
        case Audience.STAFF:
            assert route.address.startswith("backoffice/")
        case Audience.PROGRAM:
            assert route.address.startswith("api/")
            assert route.name in PROGRAMS or route.access.token_scopes == API[route.name]


def test_nobody_is_asked_anything_before_the_door() -> None:
    """Nothing stands around it, a method that is not allowed least of all.

    What a view says of itself is no proof: whatever is put around it says the same (`wraps`).
    """
    doors = {
        audience: {each.__code__ for each in doors_of_it} for audience, doors_of_it in DOORS.items()
    }

    assert {
        route.name
        for route in ROUTES
        if route.access
        and route.access.audience in doors
        and route.outermost not in doors[route.access.audience]
    } == set()


def test_nothing_is_registered_that_is_not_there() -> None:
    names = {route.name for route in ROUTES}

    assert PUBLIC | SIGNED_IN | PROGRAMS | API.keys() | ACCOUNTS.keys() <= names


def test_no_two_routes_share_a_name() -> None:
    names = [route.name for route in ROUTES]

    assert sorted(names) == sorted(set(names))
    assert all(names)


@pytest.mark.parametrize(
    "name", sorted(SIGNED_IN | {n for n, signed in ACCOUNTS.items() if signed})
)
def test_these_ask_to_sign_in_first(
    name: str, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    response = ask(None, "get", reverse(name))

    assert response.headers["Location"].startswith(reverse("account_login"))
