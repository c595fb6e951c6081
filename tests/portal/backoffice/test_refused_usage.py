"""What was reported and refused, for the vendor's staff: the list, and what waits to be seen."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from billing.metering.models import RefusedUsage
from billing.metering.operations import credentials
from customers.models import OutgoingMail
from portal.backoffice.digests import tell_staff
from tests.factories.customers import LONG_AGO, PersonFactory, TenantFactory
from tests.factories.metering import NOON, MeterFactory, event, platform_credential, report
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from billing.metering.models import ApiCredential
    from customers.models import Organisation, Person, Tenant

ADDRESS = reverse("backoffice:refused_usage")
LOOK = reverse("backoffice:look_at_refused_usage")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
TOMORROW = NOON + DAY


@pytest.fixture(autouse=True)
def clock_of_tests() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TOMORROW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    MeterFactory()
    return TenantFactory(organisation=customer, identifier="Cust12345")


@pytest.fixture
def platform(tenant: Tenant) -> ApiCredential:
    return platform_credential()


@pytest.fixture
def operator(client: Client, operations: Person) -> Person:
    client.force_login(operations)
    return operations


def found(client: Client, query: str = "") -> list[str]:
    return [row.code for row in client.get(ADDRESS + query).context["page"]]


def test_what_was_refused_is_found_by_day_reason_and_customer(
    client: Client, operator: Person, platform: ApiCredential
) -> None:
    report(event("Cust404"), event("Cust12345", quantity=0), by=platform, at=NOON)
    report(event("Cust12345", meter="coffee"), by=platform, at=TOMORROW)

    assert found(client) == ["unknown_meter", "unknown_tenant", "not_positive"]
    assert found(client, "?code=unknown_tenant") == ["unknown_tenant"]
    assert found(client, "?customer=voorbeeld") == ["unknown_meter", "not_positive"]
    assert found(client, "?customer=70001&last=2026-11-18") == ["not_positive"]
    assert found(client, "?first=2026-11-19") == ["unknown_meter"]
    assert found(client, "?customer=nobody") == []
    text = client.get(ADDRESS).content.decode()
    for said in ("No such meter", "Platform", "Voorbeeld B.V.", "November 2026", "Cust404"):
        assert said in text


@pytest.mark.parametrize("query", ["?code=nonsense", "?first=yesterday", "?last=0&first=1"])
def test_what_cannot_be_read_finds_nothing_and_says_why(
    client: Client, operator: Person, platform: ApiCredential, query: str
) -> None:
    report(event("Cust404"), by=platform)

    response = client.get(ADDRESS + query)

    assert list(response.context["page"]) == []
    assert response.context["form"].errors
    assert "text/html" in client.get(f"{ADDRESS}{query}&format=csv").headers["Content-Type"]


def test_as_csv(client: Client, operator: Person, platform: ApiCredential) -> None:
    report(event("=Cust404"), event("Cust12345", quantity=0), by=platform)

    content = client.get(f"{ADDRESS}?format=csv").content.decode("utf-8-sig")

    header, *rows = csv.reader(io.StringIO(content))
    assert header[:3] == ["Day", "Sender", "Code"]
    assert sorted(row[2:8] for row in rows) == [
        ["not_positive", "70001", "Voorbeeld B.V.", "Cust12345", "2026-11", "1"],
        ["unknown_tenant", "", "", "'=Cust404", "", "1"],
    ]


def test_an_application_s_is_for_its_developers(
    client: Client, operator: Person, tenant: Tenant
) -> None:
    authorisation = AuthorisationFactory(active=True, tenant=tenant, application__standard=True)
    own = credentials.issue_for_application(
        authorisation.application,
        name="Shop's gateway",
        reference="shop-1",
        by=PersonFactory(staff=True),
        at=LONG_AGO,
    )
    report(event("Cust404"), by=own.credential)

    page = client.get(ADDRESS)

    assert page.context["waiting"] == 0
    assert "Its developers are told" in page.content.decode()


def test_operations_look_at_what_the_platform_reported_in_vain(
    client: Client, operator: Person, platform: ApiCredential
) -> None:
    report(event("Cust404"), by=platform)
    assert "Use that was refused" in client.get(reverse("backoffice:home")).content.decode()
    assert 'name="until" value="2026-11-18"' in client.get(ADDRESS).content.decode()

    said = client.post(LOOK, {"until": "2026-11-18"}, follow=True).content.decode()
    again = client.post(LOOK, {"until": "2026-11-18"}, follow=True).content.decode()

    assert "Noted: you have looked at it." in said
    assert "A colleague has looked at it meanwhile." in again
    row = RefusedUsage.objects.get()
    assert (row.looked_by, row.looked_at) == (operator, TOMORROW)
    assert str(operator) in client.get(ADDRESS).content.decode()


def test_without_a_day_nothing_is_looked_at(
    client: Client, operator: Person, platform: ApiCredential
) -> None:
    report(event("Cust404"), by=platform)

    client.post(LOOK)

    assert RefusedUsage.objects.get().looked_at is None


def test_operations_get_a_letter_a_day_at_most(
    operations: Person, sales: Person, platform: ApiCredential
) -> None:
    midnight = dt.datetime(2026, 11, 19, tzinfo=dt.UTC)
    letters = []
    with time_machine.travel(NOON, tick=False) as traveller:
        for hour in range(48):
            at = NOON + hour * HOUR
            traveller.move_to(at)
            report(event("Cust404"), event("Cust12345", quantity=0), by=platform, at=at)
            if tell_staff(at=at):
                letters.append(at)

    assert letters == [midnight, midnight + DAY]
    assert {mail.to for mail in OutgoingMail.objects.all()} == {operations.email}
