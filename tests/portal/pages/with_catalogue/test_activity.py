from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import history
from customers.actors import PLATFORM, SCHEDULE
from customers.models import Role, TenantState
from customers.operations.people import invite
from customers.operations.tenants import change_tenant_state
from subscriptions.operations import orders
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person, Tenant

pytestmark = pytest.mark.django_db

STARTED = "Development Tools on Hoofdkantoor started"
INVITED = "new@example.com invited as: Reader"
STATE = "State of Hoofdkantoor (Cust11111): from “Running” to “Offline maintenance”"


@pytest.fixture
def happenings(customer: Organisation, tenant: Tenant, owner: Person) -> None:
    colleague = MembershipFactory(organisation=customer, person__name="Jan Jansen").person
    orders.subscribe(customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON)
    invite(
        customer,
        email="new@example.com",
        role=Role.READER,
        by=colleague,
        at=NOON + dt.timedelta(hours=1),
    )
    change_tenant_state(
        tenant,
        TenantState.OFFLINE_MAINTENANCE,
        by=PLATFORM,
        at=NOON + dt.timedelta(hours=2),
        reason="Upgrade to 10.4",
    )


def test_the_newest_comes_first_with_who_when_and_why(
    signed_in: Client, show: Callable[..., str], happenings: None
) -> None:
    html = show("activity")

    places = [html.index(text) for text in (STATE, INVITED, STARTED)]
    assert places == sorted(places)
    for text in ("The CRM platform", "Jan Jansen", "Upgrade to 10.4", "2 Nov 2026, 14:00"):
        assert text in html, text


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        pytest.param("?kind=people", INVITED, STARTED, id="kind"),
        pytest.param("?tenant={tenant}", STARTED, INVITED, id="tenant"),
        pytest.param("?person={owner}", STARTED, INVITED, id="person"),
        pytest.param(
            "?kind=nonsense&tenant=0&person=0", INVITED, None, id="unknown-narrows-nothing"
        ),
    ],
)
def test_the_address_narrows(
    signed_in: Client,
    show: Callable[..., str],
    happenings: None,
    tenant: Tenant,
    owner: Person,
    query: str,
    there: str,
    gone: str | None,
) -> None:
    html = show("activity", query=query.format(tenant=tenant.pk, owner=owner.pk))

    assert there in html
    assert gone is None or gone not in html


def test_filters_that_fit_nothing_say_so(
    signed_in: Client, show: Callable[..., str], happenings: None
) -> None:
    assert "Nothing in the history fits these filters." in show("activity", query="?kind=invoices")


def test_pages_keep_the_filters(
    signed_in: Client, show: Callable[..., str], customer: Organisation, tenant: Tenant
) -> None:
    states = (TenantState.OFFLINE_MAINTENANCE, TenantState.RUNNING)
    for hour in range(60):
        change_tenant_state(
            tenant, states[hour % 2], by=SCHEDULE, at=NOON + dt.timedelta(hours=hour)
        )

    first = show("activity", query="?kind=tenants")

    assert "Page 1 of 2" in first
    assert "kind=tenants&amp;page=2" in first
    assert "Page 2 of 2" in show("activity", query="?kind=tenants&page=2")


def test_the_csv_is_what_the_filters_leave(
    signed_in: Client, customer: Organisation, happenings: None
) -> None:
    response = signed_in.get(
        reverse("pages:activity", args=[customer.pk]) + "?format=csv&kind=tenants",
        headers={"accept-language": "en"},
    )

    lines = response.content.decode().splitlines()
    assert len(lines) == 2
    assert lines[1] == (
        f"2026-11-02T13:00:00+00:00,2026-11-02T13:00:00+00:00,{STATE},"
        "Hoofdkantoor,The CRM platform,Upgrade to 10.4"
    )


def test_what_a_foreign_customer_does_is_not_there(
    signed_in: Client, show: Callable[..., str], customer: Organisation
) -> None:
    foreign = TenantFactory(name="Vreemde tenant")
    change_tenant_state(foreign, TenantState.SUSPENDED, by=PLATFORM, at=NOON)

    assert "Vreemde tenant" not in show("activity")


ISSUED = "Invoice NL-2026-000001 issued"


@pytest.fixture
def invoiced(customer: Organisation, tenant: Tenant, happenings: None) -> None:
    history.record(
        customer,
        "invoice.issued",
        organisation=customer,
        tenant=tenant,
        by=SCHEDULE,
        at=NOON,
        details={"number": "NL-2026-000001", "gross": "59.29", "currency": "EUR"},
    )


@pytest.mark.usefixtures("invoiced")
@pytest.mark.parametrize(
    ("role", "sees_them"),
    [(Role.BILLING_CONTACT, True), (Role.DEVELOPER, False), (Role.READER, False)],
)
def test_who_may_not_see_invoices_reads_of_none(
    member: Callable[[Role], Membership],
    show: Callable[..., str],
    tenant: Tenant,
    role: Role,
    sees_them: bool,
) -> None:
    member(role)

    read = {
        "activity": show("activity"),
        "as CSV": show("activity", query="?format=csv"),
        "narrowed": show("activity", query="?kind=invoices"),
        "overview": show("overview"),
        "tenant": show("tenant_detail", tenant.pk),
    }

    assert {where: ISSUED in text for where, text in read.items()} == dict.fromkeys(read, sees_them)
    assert ('value="invoices"' in read["activity"]) == sees_them
    assert STARTED in read["activity"]


@pytest.mark.parametrize(
    ("role", "sees_it"),
    [(Role.BILLING_CONTACT, True), (Role.DEVELOPER, True), (Role.READER, False)],
)
def test_how_much_is_used_is_told_to_who_sees_usage(
    member: Callable[[Role], Membership],
    show: Callable[..., str],
    customer: Organisation,
    role: Role,
    sees_it: bool,
) -> None:
    history.record(
        customer,
        "usage.threshold_reached",
        organisation=customer,
        by=SCHEDULE,
        at=NOON,
        details={"product": "api-usage", "percent": 85, "month": "2026-11-01"},
    )
    member(role)

    read = [show("activity"), show("activity", query="?kind=usage"), show("overview")]

    assert ["of what is included in November 2026 is used" in each for each in read] == (
        [sees_it] * len(read)
    )
    assert ('value="usage"' in read[0]) == sees_it
