"""What is included per user, for the whole organisation: by the users of whom it charges."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.models import InvoiceLine
from billing.operations import runs
from billing.queries.usage import usage_of
from customers.models import TenantState
from customers.operations.tenants import change_tenant_state
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.billing.operations.reading import breaches_but_of_use
from tests.factories.billing import customer_with_tenant, local
from tests.factories.customers import TenantFactory, TenantUserPlanFactory
from tests.factories.shop import SCIM
from tests.factories.usage import RECORDS, count, open_metered_services, price_of_records

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Organisation, Person, Tenant

FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture
def services(seller: Seller) -> None:
    """10,000 records are included per user; above that, packs of 50,000."""
    open_metered_services()
    price_of_records(valid_from=dt.date(2021, 1, 1), included_per_user=10_000)


@pytest.fixture
def customer(services: None) -> tuple[Organisation, Person, Tenant]:
    """With one tenant of three users, and the licence."""
    customer, owner, tenant = customer_with_tenant()
    TenantUserPlanFactory(tenant=tenant, users=3)
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-11-01"))
    return customer, owner, tenant


def with_users(organisation: Organisation, users: int, **tenant: object) -> Tenant:
    return TenantUserPlanFactory(
        tenant=TenantFactory(organisation=organisation, **tenant), users=users
    ).tenant


def packs() -> list[tuple[int, int]]:
    """Of each line of use: how many, and for how many users."""
    lines = InvoiceLine.objects.filter(why__isnull=False).order_by("pk")
    return [(line.quantity, line.why["users"]) for line in lines if line.why]


def test_all_tenants_that_are_charged_count_and_no_other(
    customer: tuple[Organisation, Person, Tenant],
) -> None:
    organisation, owner, tenant = customer
    with_users(organisation, 4)  # which uses nothing
    sandbox = with_users(organisation, 50, sandbox=True, source=tenant)
    with_users(organisation, 60, developer=True)
    deleted = {"state": TenantState.DELETED}
    with_users(organisation, 70, **deleted, state_changed_at=local("2026-10-31"))
    with_users(organisation, 5, **deleted, state_changed_at=local("2026-11-10"))
    leaving = with_users(organisation, 6)
    count(tenant, "2026-11-05", 200_000, meter=RECORDS)
    count(sandbox, "2026-11-05", 900_000, meter=RECORDS)

    [place] = usage_of(organisation, Month(2026, 11), at=local("2026-11-20")).places
    runs.run_due(at=FIRST_OF_DECEMBER)

    assert place.allowance == 180_000  # of 3 + 4 + 5 + 6
    assert packs() == [(1, 18)]

    with_users(organisation, 80, created_at=local("2026-12-02"))
    change_tenant_state(leaving, TenantState.DELETED, by=owner, at=local("2026-12-03"))
    runs.run_due(at=FIRST_OF_JANUARY)

    assert packs() == [(1, 18)]
    assert breaches_but_of_use(at=FIRST_OF_JANUARY) == []


def test_who_used_something_before_it_was_known_here_counts_as_well(
    customer: tuple[Organisation, Person, Tenant],
) -> None:
    organisation, _owner, tenant = customer
    late = with_users(organisation, 4, created_at=local("2026-12-02"))
    count(tenant, "2026-11-05", 40_000, meter=RECORDS)
    count(late, "2026-11-05", 31_000, meter=RECORDS, on="2026-12-02")

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert packs() == [(1, 7)]


def test_where_only_a_sandbox_uses_nothing_is_charged(
    customer: tuple[Organisation, Person, Tenant],
) -> None:
    organisation, _owner, tenant = customer
    sandbox = with_users(organisation, 50, sandbox=True, source=tenant)
    count(sandbox, "2026-11-05", 900_000, meter=RECORDS)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert packs() == []
