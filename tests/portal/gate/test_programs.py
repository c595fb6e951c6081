"""A program gets what its token is for, of its own organisation, while the token is good."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from customers.models import OrganisationToken, TokenScope
from portal.access import Audience
from tests.portal.gate.routes import ANY_IDS, CONTENTS, NOBODYS, Route, address_of, routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from tests.portal.gate.worlds import Gate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", routes(Audience.PROGRAM))
def test_a_program_shows_its_credential_and_a_person_has_none(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse], methods: tuple[str, ...]
) -> None:
    everybody = [None, *gate.people.values()]

    found = {
        ask(person, method, address_of(route, ANY_IDS | gate.ours.ids)).status_code
        for person in everybody
        for method in methods
    }

    assert found == {401}


def program_says(
    route: Route, method: str, secret: str, ids: dict[str, Any], query: str = ""
) -> int:
    """What a program with this token is answered."""
    content = CONTENTS[route.name](ids) if method in ("POST", "PUT") else None
    client = Client(
        headers={"authorization": f"Bearer {secret}", "idempotency-key": uuid.uuid4().hex}
    )
    more: dict[str, Any] = {"content_type": "application/json"} if content is not None else {}
    send = getattr(client, method.lower())
    response = send(address_of(route, ids) + query, content, **more)
    return int(response.status_code)


TOKEN_ROUTES = [each for each in routes(Audience.PROGRAM) if each.values[0].access.token_scopes]
WITH_IDS = [each for each in TOKEN_ROUTES if set(each.values[0].ids) - NOBODYS]


@pytest.fixture(autouse=True)
def _as_often_as_they_like(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 100_000


@pytest.mark.parametrize("route", TOKEN_ROUTES)
@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_a_token_that_is_over_opens_nothing(route: Route, state: str, gate: Gate) -> None:
    assert route.access

    for method in route.access.token_scopes:
        assert program_says(route, method, gate.secrets[state], gate.ours.ids) == 401, method


@pytest.mark.parametrize("route", TOKEN_ROUTES)
def test_a_token_opens_what_its_scope_says_and_no_more(route: Route, gate: Gate) -> None:
    assert route.access
    for method, scope in route.access.token_scopes.items():
        others = [each for each in TokenScope.values if each != scope]

        OrganisationToken.objects.filter(name="live").update(scopes=others)
        assert program_says(route, method, gate.secrets["live"], gate.ours.ids) == 403, method

        OrganisationToken.objects.filter(name="live").update(scopes=[scope])
        answer = program_says(route, method, gate.secrets["live"], gate.ours.ids)
        assert answer in (200, 201, 409), method
    OrganisationToken.objects.filter(name="live").update(scopes=TokenScope.values)


@pytest.mark.parametrize("route", WITH_IDS)
def test_what_is_theirs_is_not_there_for_our_token(route: Route, gate: Gate) -> None:
    assert route.access

    for method in route.access.token_scopes:
        assert program_says(route, method, gate.secrets["live"], gate.theirs.ids) == 404, method
    [*above, last] = route.ids
    if above and last not in NOBODYS:  # a thing of theirs below one of ours
        mixed = gate.ours.ids | {last: gate.theirs.ids[last]}
        for method in route.access.token_scopes:
            assert program_says(route, method, gate.secrets["live"], mixed) == 404, method


@pytest.mark.parametrize("route", [each for each in TOKEN_ROUTES if each not in WITH_IDS])
def test_a_list_is_of_our_own_organisation_only(route: Route, gate: Gate) -> None:
    theirs = f"?organisation_id={gate.theirs.customer.pk}"

    answer = program_says(route, "GET", gate.secrets["live"], gate.ours.ids, theirs)

    assert answer == (200 if route.name == "api:organisations" else 404)


@pytest.mark.parametrize("name", ["api:subscriptions", "api:authorisations"])
def test_nothing_is_asked_for_a_tenant_of_theirs(gate: Gate, name: str) -> None:
    [route] = [each.values[0] for each in TOKEN_ROUTES if each.id == name]

    assert program_says(route, "POST", gate.secrets["live"], gate.theirs.ids) == 404
