"""Who reads the clock first is not always who has the locks first: nothing old is told as new."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from subscriptions.operations import endings, orders, suspensions
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import Fact
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

SOON = NOON + dt.timedelta(seconds=20)
LATER = NOON + dt.timedelta(seconds=40)


@pytest.fixture
def subscribe(
    customer: Organisation, tenant: Tenant, owner: Person
) -> Callable[[dt.datetime], Subscription]:
    return lambda at: orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=at
    )


def told_of(tenant: Tenant) -> list[tuple[str, dt.datetime]]:
    return list(Fact.objects.of(tenant).order_by("sequence").values_list("type", "at"))


def test_an_order_of_meanwhile_is_not_taken_back(
    subscribe: Callable[[dt.datetime], Subscription], tenant: Tenant
) -> None:
    subscribe(SOON)

    assert facts.tell_everybody(now=lambda: NOON) == 0

    assert told_of(tenant) == [("licence.granted", SOON), ("settings.changed", SOON)]


def test_a_suspension_of_meanwhile_is_not_undone(
    subscribe: Callable[[dt.datetime], Subscription], app_manager: Person
) -> None:
    suspensions.suspend(subscribe(NOON), reason="Unpaid", by=app_manager, at=LATER)

    assert facts.tell_everybody(now=lambda: SOON) == 0


def test_saying_it_anew_says_what_is_true_since(
    subscribe: Callable[[dt.datetime], Subscription], tenant: Tenant
) -> None:
    subscribe(SOON)

    [said] = facts.tell_anew(tenant.pk, [f"licence:{DEVELOPMENT_TOOLS}"], at=NOON)

    assert said.value is not None
    assert (said.at, said.sequence) == (SOON, 3)


def test_of_two_operations_the_second_under_the_lock_tells_what_is_true_since_the_first(
    subscribe: Callable[[dt.datetime], Subscription],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    subscribe(SOON)
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)

    assert told_of(tenant)[2:] == [("licence.granted", SOON)]


def test_only_the_tenant_that_was_told_meanwhile_is_told_as_of_then(
    subscribe: Callable[[dt.datetime], Subscription], tenant: Tenant
) -> None:
    other = TenantFactory()
    subscribe(SOON)
    tenant.name = "Renamed"
    tenant.save()

    with transaction.atomic():
        facts.tell([tenant.pk, other.pk], at=NOON)

    assert told_of(tenant)[2:] == [("settings.changed", SOON)]
    assert told_of(other) == [("settings.changed", NOON)]


def test_a_long_run_of_ends_does_not_take_back_what_was_ordered_meanwhile(
    subscribe: Callable[[dt.datetime], Subscription],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    long_ago = NOON - dt.timedelta(days=9)
    ending = orders.subscribe(customer, product_code=SCIM, by=owner, at=long_ago)
    subscribe(SOON)
    ending.ends_at = ending.cancelled_at = NOON
    ending.save()

    assert endings.end_due(at=NOON) == 1

    last = Fact.objects.of(tenant).latest("sequence")
    assert (last.type, last.subject, last.at) == ("licence.revoked", f"licence:{SCIM}", SOON)
    assert told_of(tenant)[-2] == ("licence.granted", SOON)


def test_each_chunk_goes_by_the_clock_under_its_locks(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    tenants = [TenantFactory() for _each in range(3)]
    monkeypatch.setattr(facts, "CHUNK", 1)
    read = iter([NOON, SOON, LATER])

    assert facts.tell_everybody(now=lambda: next(read)) == 3

    assert [told_of(tenant)[0][1] for tenant in tenants] == [NOON, SOON, LATER]


def test_a_turn_goes_on_behind_the_tenants_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    tenants = [TenantFactory() for _each in range(3)]
    monkeypatch.setattr(facts, "CHUNK", 2)
    monkeypatch.setattr("customers.turns.TURN_SECONDS", 0)

    assert [facts.tell_more_of_everybody(now=lambda: NOON) for _turn in range(3)] == [2, 1, 0]

    Fact.objects.of(tenants[2]).get()
