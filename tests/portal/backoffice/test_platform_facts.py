from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscriptions.provisioning.models import Fact, FactType, Feed
from tests.factories.customers import TenantFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person, Tenant

ADDRESS = "backoffice:platform_facts"
NOON = dt.datetime(2030, 11, 5, 12, tzinfo=dt.UTC)


@pytest.fixture
def reader(client: Client, sales: Person) -> Client:
    """Whoever is of the staff may look."""
    client.force_login(sales)
    return client


@pytest.fixture
def alpha(db: None) -> Tenant:
    return TenantFactory(identifier="Cust500", name="Alpha")


@pytest.fixture
def beta(db: None) -> Tenant:
    return TenantFactory(identifier="Cust5001", name="Beta")


def told(
    tenant: Tenant,
    sequence: int,
    *,
    kind: FactType = FactType.LICENCE_GRANTED,
    at: dt.datetime = NOON,
    delivered: bool = True,
) -> Fact:
    return Fact.objects.create(
        tenant=tenant,
        sequence=sequence,
        type=kind,
        subject="licence:scim",
        value=None if kind is FactType.LICENCE_REVOKED else {"plan": "=1+1"},
        at=at,
        is_waiting=not delivered,
        delivered_at=at if delivered else None,
    )


def found(client: Client, query: str) -> list[Fact]:
    return list(client.get(reverse(ADDRESS) + query).context["page"].object_list)


def test_a_tenant_is_found_by_its_whole_identifier_in_any_case(
    reader: Client, alpha: Tenant, beta: Tenant
) -> None:
    first = told(alpha, 1)
    told(beta, 1)

    assert found(reader, "?tenant=cUST500") == [first]
    assert found(reader, "?tenant=+Cust500+") == [first]
    assert found(reader, "?tenant=Cust50") == []


def test_kind_and_state_narrow_what_is_found(reader: Client, alpha: Tenant, beta: Tenant) -> None:
    revoked = told(alpha, 2, kind=FactType.LICENCE_REVOKED)
    granted = told(alpha, 1)
    waiting = told(beta, 1, delivered=False)
    stuck = told(alpha, 3, delivered=False)
    Feed.objects.create(
        tenant=alpha, failures=1, failing_since=NOON, retry_at=NOON, trouble=Feed.Trouble.REFUSED
    )

    assert found(reader, "?kind=licence.revoked") == [revoked]
    assert found(reader, "?state=delivered") == [revoked, granted]
    assert set(found(reader, "?state=waiting")) == {waiting, stuck}
    assert found(reader, "?state=failing") == [stuck]
    assert found(reader, "?state=delivered&kind=licence.granted&tenant=cust500") == [granted]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?first=2030-11-05", [3, 2]),
        ("?last=2030-11-04", [1]),
        ("?first=2030-11-05&last=2030-11-05", [2]),
        ("?first=2030-11-04&last=2030-11-05", [2, 1]),
        ("?last=9999-12-31&first=0001-01-01", [3, 2, 1]),
    ],
    ids=["from a day", "until a day", "one day", "two days", "from the first day to the last"],
)
def test_a_period_is_whole_days_where_the_back_office_is(
    reader: Client, alpha: Tenant, query: str, numbers: list[int]
) -> None:
    midnight = dt.datetime(2030, 11, 4, 23, tzinfo=dt.UTC)  # of the 5th, in Amsterdam
    told(alpha, 1, at=midnight - dt.timedelta(seconds=1))
    told(alpha, 2, at=midnight)
    told(alpha, 3, at=midnight + dt.timedelta(days=1))

    assert [fact.sequence for fact in found(reader, query)] == numbers


@pytest.mark.parametrize(
    "query", ["?first=2030-11-05&last=2030-11-04", "?kind=nonsense", "?first=yesterday"]
)
def test_what_cannot_be_read_finds_nothing_and_says_why(
    reader: Client, alpha: Tenant, query: str
) -> None:
    told(alpha, 1)

    answer = reader.get(reverse(ADDRESS) + query + "&format=csv")

    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.context["form"].errors
    assert not answer.context["page"].object_list


def test_the_search_stays_in_the_address_of_the_next_page_and_of_the_csv(
    reader: Client, alpha: Tenant
) -> None:
    for number in range(1, 28):
        told(alpha, number)

    shown = reader.get(reverse(ADDRESS) + "?tenant=Cust500&page=2").content.decode()

    assert shown.count("<tr>") == 3  # the head, and what the first page has no place for
    assert "?tenant=Cust500&amp;page=1" in shown
    assert "?tenant=Cust500&amp;format=csv" in shown


def test_the_csv_has_all_that_is_found_and_nothing_else(
    reader: Client, alpha: Tenant, beta: Tenant
) -> None:
    facts = [told(alpha, number) for number in range(1, 28)]
    told(beta, 1)
    waits = told(alpha, 28, kind=FactType.LICENCE_REVOKED, delivered=False)

    answer = reader.get(reverse(ADDRESS) + "?tenant=Cust500&format=csv")

    text = answer.content.decode("utf-8-sig")
    newest, *rest = csv.DictReader(io.StringIO(text))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="facts.csv"'
    assert newest["Id"] == str(waits.pk)
    assert (newest["Tenant"], newest["Number"], newest["Kind"]) == (
        "Cust500",
        "28",
        "Licence revoked",
    )
    assert (newest["Value"], newest["State"], newest["Delivered"]) == ("", "Waiting", "")
    assert [row["Id"] for row in rest] == [str(fact.pk) for fact in reversed(facts)]
    assert rest[0]["Value"] == '{"plan": "=1+1"}'
    assert (rest[0]["State"], rest[0]["At"]) == ("Delivered", "2030-11-05T12:00:00+00:00")


def test_no_fact_asks_the_database_for_its_names(reader: Client, alpha: Tenant) -> None:
    told(alpha, 1)
    reader.get(reverse(ADDRESS))
    with CaptureQueriesContext(connection) as for_one:
        reader.get(reverse(ADDRESS))
    for number in range(2, 21):
        told(alpha, number)

    with CaptureQueriesContext(connection) as for_twenty:
        reader.get(reverse(ADDRESS))

    assert len(for_twenty) == len(for_one)
