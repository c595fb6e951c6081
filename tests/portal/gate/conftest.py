"""The gate is built once for all routes of a module; everybody signs in once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.http import HttpResponse
from django.test import Client

from portal import urls
from tests.kept import kept_until_the_end
from tests.portal.gate.routes import METHODS, SHOWN_AND_SENT
from tests.portal.gate.worlds import Gate, build_gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker

    from customers.models import Person


@pytest.fixture(scope="module")
def gate(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Gate]:
    """Made once for all routes, and rolled back: nothing here may change anything anyway."""
    with kept_until_the_end(django_db_blocker, build_gate) as built:
        yield built


@pytest.fixture(autouse=True, scope="module")
def _plain_refusals() -> Iterator[None]:
    """Thousands of refusals, none of them read: without their pages, in a fraction of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for status in (403, 404):
            patch.setattr(urls, f"handler{status}", _plain(status), raising=False)
        yield


def _plain(status: int) -> Callable[..., HttpResponse]:
    return lambda _request, exception: HttpResponse(status=status)  # noqa: ARG005


@pytest.fixture(scope="module")
def ask(gate: Gate) -> Callable[[Person | None, str, str], HttpResponse]:
    """Everybody of the gate signs in once."""
    browsers = {person.pk: signed_in(person) for person in gate.people.values()}

    def send(person: Person | None, method: str, address: str) -> HttpResponse:
        client = Client() if person is None else browsers[person.pk]
        return getattr(client, method)(address)

    return send


@pytest.fixture(
    params=[
        pytest.param(SHOWN_AND_SENT, id="shown and sent"),
        pytest.param(METHODS, id="every method", marks=pytest.mark.slow),
    ]
)
def methods(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """With which an address is asked."""
    asked: tuple[str, ...] = request.param
    return asked


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client
