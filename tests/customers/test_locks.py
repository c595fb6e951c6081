"""What belongs to a customer is changed under the customer's lock: nobody waits in a circle."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

from customers.actors import PLATFORM
from customers.models import Tenant, TenantKind, TenantState
from customers.operations import tenants
from customers.operations.tenants import NewTenant, TenantAlreadyRegistered
from tests.factories.customers import OrganisationFactory, TenantFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
A_WHILE = 30  # seconds: longer than anybody takes to come to a lock, on a busy machine too
FOR_US = (
    "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)


@pytest.mark.django_db(transaction=True)
def test_a_state_that_is_reported_while_a_sandbox_is_registered() -> None:
    source = TenantFactory(identifier="Cust10001")
    sandbox = NewTenant(
        name="Sandbox",
        crm_version="10.3",
        kind=TenantKind.SANDBOX,
        source=source,
        identifier="Cust10002",
    )

    failures = crossing(
        lambda: tenants.change_tenant_state(source, TenantState.SUSPENDED, by=PLATFORM, at=AT),
        lambda: tenants.register_tenant(source.organisation, sandbox, by=PLATFORM, at=AT),
    )

    assert failures == []
    assert Tenant.objects.count() == 2
    source.refresh_from_db()
    assert source.state == TenantState.SUSPENDED


@pytest.mark.django_db(transaction=True)
def test_two_customers_that_get_the_same_identifier_at_once() -> None:
    new = NewTenant(name="Production", crm_version="10.3", identifier="Cust10003")
    first, second = OrganisationFactory(), OrganisationFactory()
    refused: list[TenantAlreadyRegistered] = []

    def register(organisation: Organisation) -> None:
        try:
            tenants.register_tenant(organisation, new, by=PLATFORM, at=AT)
        except TenantAlreadyRegistered as refusal:
            refused.append(refusal)

    failures = crossing(lambda: register(first), lambda: register(second))

    assert failures == []
    assert len(refused) == 1
    assert Tenant.objects.count() == 1


def crossing(*steps: Callable[[], object]) -> list[DatabaseError]:
    """Each step in a transaction of its own, none ended before all were taken if that is possible.

    Returns what the database had against it: deadlocks, that is.
    """
    failures: list[DatabaseError] = []
    taken: list[object] = []

    def take(step: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                try:
                    step()
                finally:
                    taken.append(step)
                # Not all: then somebody waits for us, as they should.
                until(lambda: len(taken) == len(steps) or somebody_waits_for_us())
        except DatabaseError as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * A_WHILE)
    return failures


def until(come: Callable[[], bool]) -> None:
    end = time.monotonic() + A_WHILE
    while not come():
        assert time.monotonic() < end
        time.sleep(0.01)


def somebody_waits_for_us() -> bool:
    """For a lock that our transaction has."""
    with connection.cursor() as cursor:
        cursor.execute(FOR_US)
        (waiting,) = cursor.fetchone()
    return bool(waiting)
