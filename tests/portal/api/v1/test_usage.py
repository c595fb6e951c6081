"""Use as programs read it: against what is included, what it will be, and day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import TenantUserPlan, TokenScope
from subscriptions.operations import orders
from tests.factories.customers import PartnerAccessFactory, PersonFactory, TenantFactory
from tests.factories.shop import SCIM
from tests.factories.usage import CALLS, RECORDS, count, open_metered_services
from tests.portal.api.v1.conftest import NOON, pages_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program


@pytest.fixture(autouse=True)
def used(tenant: Tenant) -> None:
    """2,300 calls by two applications, of 3,000 that are included."""
    open_metered_services()
    TenantUserPlan.objects.create(tenant=tenant, plan="sales-premium", users=30)
    count(tenant, "2026-11-23", 300, application="other")
    count(tenant, "2026-11-05", 2_000)


def test_a_service_says_where_it_is_how_far_it_is_and_what_it_will_be(
    program: Program, tenant: Tenant
) -> None:
    [service] = program.get("usage").json()["services"]

    assert (service["tenant_id"], service["meter"]) == (tenant.pk, CALLS)
    assert (service["charged"], service["included"], service["percent"]) == (2_300, 3_000, 76)
    assert service["expected_quantity"] == 3_066  # 22 days and a half of 30
    assert service["cost"] == {"amount": "0.00", "currency": "EUR"}
    assert service["expected_cost"] == {"amount": "0.26", "currency": "EUR"}


def test_what_counts_for_the_organisation_is_on_no_tenant(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    orders.subscribe(customer, product_code=SCIM, by=PersonFactory(), at=NOON)
    count(tenant, "2026-11-09", 50_000, meter=RECORDS)

    services = {each["meter"]: each for each in program.get("usage").json()["services"]}

    assert services[RECORDS]["tenant_id"] is None
    assert services[RECORDS]["percent"] == 50


def test_its_cost_is_for_who_may_read_invoices(
    program_of: Callable[..., Program], customer: Organisation
) -> None:
    def costs(*scopes: TokenScope) -> list[bool]:
        [service] = program_of(customer, *scopes).get("usage").json()["services"]
        assert service["expected_quantity"] == 3_066
        return [service[name] is not None for name in ("cost", "expected_cost")]

    assert costs(TokenScope.USAGE_READ) == [False, False]
    assert costs(TokenScope.USAGE_READ, TokenScope.INVOICES_READ) == [True, True]


def test_days_come_the_oldest_first_some_at_a_time(program: Program, tenant: Tenant) -> None:
    count(tenant, "2026-11-05", 7, application="other")
    count(tenant, "2026-10-31", 9)

    first, second = pages_of(program, "usage/days", limit=2)

    assert [(each["day"], each["quantity"]) for each in first["items"]] == [
        ("2026-11-05", 2_000),
        ("2026-11-05", 7),
    ]
    [last] = second["items"]
    assert last == {
        "day": "2026-11-23",
        "tenant_id": tenant.pk,
        "meter": CALLS,
        "application": "other",
        "usage_class": "MeteredApps",
        "quantity": 300,
        "events": 1,
        "fingerprint": last["fingerprint"],
        "free": None,
    }
    assert int(last["fingerprint"], 16) == 1_300
    assert (second["month"], second["is_over"]) == ("2026-11", False)
    [before] = program.get("usage/days", month="2026-10").json()["items"]
    assert before["quantity"] == 9


def test_days_of_one_tenant_and_of_one_meter(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    sandbox = TenantFactory(organisation=customer, sandbox=True)
    foreign = TenantFactory()
    count(sandbox, "2026-11-08", 70)
    count(tenant, "2026-11-09", 50_000, meter=RECORDS)
    count(foreign, "2026-11-09", 1)

    def days(**query: object) -> list[tuple[int, str, str | None]]:
        items = program.get("usage/days", **query).json()["items"]
        return [(each["tenant_id"], each["meter"], each["free"]) for each in items]

    assert days(tenant_id=sandbox.pk) == [(sandbox.pk, CALLS, "sandbox")]
    assert days(meter=RECORDS) == [(tenant.pk, RECORDS, "not_subscribed")]
    assert days(tenant_id=foreign.pk) == []
    assert (foreign.pk, CALLS, None) not in days()


def test_a_partner_reads_the_days_of_who_let_it_in(
    program_of: Callable[..., Program], customer: Organisation, tenant: Tenant
) -> None:
    access = PartnerAccessFactory(customer=customer)
    partner = program_of(access.partner, TokenScope.USAGE_READ)

    found = partner.get("usage/days", organisation_id=customer.pk)

    assert {each["tenant_id"] for each in found.json()["items"]} == {tenant.pk}
    assert partner.get("usage/days").json()["items"] == []


@pytest.mark.parametrize("cursor", ["WyJhIl0", "W10", "WzEsMl0"])
def test_days_go_on_behind_a_day_only(program: Program, cursor: str) -> None:
    response = program.get("usage/days", cursor=cursor)

    assert (response.status_code, response.json()["code"]) == (422, "unreadable_cursor")


def test_days_ask_for_the_scope(program_of: Callable[..., Program], customer: Organisation) -> None:
    response = program_of(customer, TokenScope.INVOICES_READ).get("usage/days")

    assert (response.status_code, response.json()["scope"]) == (403, "usage:read")
