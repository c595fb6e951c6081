"""The vendor's pages are for the vendor's staff, each for who has its task."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import get_resolver, reverse

from customers.models import Duty
from portal.access import Audience
from tests.factories.customers import PersonFactory
from tests.portal.gate.conftest import signed_in
from tests.portal.gate.routes import ANY_IDS, Route, address_of, routes, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from tests.portal.gate.worlds import Gate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", routes(Audience.STAFF))
def test_the_back_office_is_not_there_for_customers(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    address = address_of(route, ANY_IDS | gate.ours.ids)

    found = {
        f"{name} {method}": ask(person, method, address).status_code
        for name, person in gate.people.items()
        if name != "staff"
        for method in methods
    }

    assert found == dict.fromkeys(found, 404)


@pytest.mark.parametrize("route", routes(Audience.STAFF))
def test_staff_do_their_own_task_only(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    assert route.access
    if not route.access.duties:
        return
    others = [duty for duty in Duty if duty not in route.access.duties]
    client = signed_in(PersonFactory(staff=True, duties=others))

    for method in methods:
        answer = getattr(client, method)(address_of(route, ANY_IDS))
        assert answer.status_code == 403, method


@pytest.mark.parametrize("route", routes(Audience.STAFF))
def test_nobody_is_staff_without_signing_in(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    for method in methods:
        response = ask(None, method, address_of(route, ANY_IDS))
        assert response.headers["Location"].startswith(reverse("account_login")), method


@pytest.mark.parametrize("name", ["owner", "consultant", None])
def test_the_admin_is_for_staff_alone(
    name: str | None, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    person = gate.people[name] if name else None
    admin = [route for route in walk(get_resolver()) if route.name.startswith("admin:")]
    assert len(admin) > 20

    shown = {
        (route.name, method)
        for route in admin
        for method in ("get", "post")
        if ask(person, method, _admin_address(route)).status_code < 300
    }

    # Signing out, and the words for its scripts, are nobody's secret.
    assert {name for name, _method in shown} <= {"admin:jsi18n", "admin:logout", "admin:login"}


def _admin_address(route: Route) -> str:
    pattern = re.sub(r"<path:\w+>|<\w+:\w+>|\(\?P<\w+>[^)]*\)", "1", route.address)
    return "/" + pattern.replace("^", "").replace("$", "").replace("\\", "")
