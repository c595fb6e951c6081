"""What staff see of webhooks, at whichever customer: every endpoint, found by state and owner."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.history import record
from portal.webhooks.operations.dispatching import dispatch
from tests.factories.customers import OrganisationFactory, PersonFactory
from tests.factories.webhooks import EndpointFactory, something_happens

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from portal.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(PersonFactory(staff=True))
    return client


@pytest.fixture
def endpoints() -> dict[str, Endpoint]:
    """One in each state, of two organisations."""
    lily = OrganisationFactory(name="Waterlelie BV", customer_number="10002")
    fjord = OrganisationFactory(name="Fjordblikk AS", customer_number="10003")
    off = {"disabled_at": AT, "failing_since": AT - dt.timedelta(days=5)}
    return {
        "works": EndpointFactory(organisation=lily, address="https://hooks.example/works"),
        "fails": EndpointFactory(organisation=fjord, failing_since=AT),
        "gone": EndpointFactory(organisation=lily, disabled_because="gone", **off),
        "given up": EndpointFactory(organisation=fjord, disabled_because="failing", **off),
        "resting": EndpointFactory(
            organisation=fjord, disabled_at=AT, disabled_because="by_person"
        ),
    }


def found(client: Client, query: str = "") -> list[Endpoint]:
    return list(client.get(reverse("backoffice:webhooks") + query).context["page"].object_list)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", ["given up", "gone", "fails", "resting", "works"], id="all"),
        pytest.param("?state=in_trouble", ["given up", "gone", "fails"], id="in trouble"),
        pytest.param("?state=on", ["works"], id="switched on"),
        pytest.param("?state=failing", ["fails"], id="failing"),
        pytest.param("?state=off", ["given up", "gone", "resting"], id="switched off"),
        pytest.param("?q=waterLELIE", ["gone", "works"], id="part of the name"),
        pytest.param("?q=+10003+", ["given up", "fails", "resting"], id="customer number"),
        pytest.param("?q=1000", [], id="part of a number"),
        pytest.param("?q=10003&state=off", ["given up", "resting"], id="both"),
        pytest.param("?state=nonsense", ["given up", "gone", "fails", "resting", "works"], id="?"),
    ],
)
def test_endpoints_are_found_by_owner_and_state(
    staff: Client, endpoints: dict[str, Endpoint], query: str, names: list[str]
) -> None:
    assert found(staff, query) == [endpoints[name] for name in names]


def test_they_come_in_pages_and_the_search_stays_in_the_address(staff: Client) -> None:
    owner = OrganisationFactory(name="Waterlelie BV")
    EndpointFactory.create_batch(26, organisation=owner)

    assert len(found(staff, "?q=waterlelie")) == 25
    assert len(found(staff, "?q=waterlelie&page=2")) == 1
    assert "q=waterlelie&amp;page=2" in (
        staff.get(reverse("backoffice:webhooks") + "?q=waterlelie").content.decode()
    )


def test_the_list_costs_the_same_for_many(
    staff: Client,
    endpoints: dict[str, Endpoint],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with CaptureQueriesContext(connection) as few:
        found(staff)
    EndpointFactory.create_batch(15)

    with django_assert_max_num_queries(len(few)):
        found(staff)


def test_what_is_found_is_downloaded_as_csv(staff: Client, endpoints: dict[str, Endpoint]) -> None:
    answer = staff.get(reverse("backoffice:webhooks") + "?state=failing&format=csv")

    [header, row] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[:3] == ["Customer number", "Organisation", "Endpoint"]
    assert row[:3] == ["10003", "Fjordblikk AS", endpoints["fails"].address]


def test_staff_see_what_was_told_without_its_details(client: Client) -> None:
    organisation = EndpointFactory(organisation__name="Waterlelie BV").organisation
    client.force_login(PersonFactory(staff=True))
    something_happens(organisation)
    dispatch(at=AT)
    assert "Told without details" not in client.get(reverse("backoffice:webhooks")).text

    record(organisation, "invoice.issued", organisation=organisation, by=PersonFactory(), at=AT)
    dispatch(at=AT)

    page = client.get(reverse("backoffice:webhooks")).text
    assert "Told without details" in page
    assert "invoice.issued" in page
    assert "Waterlelie BV" in page
