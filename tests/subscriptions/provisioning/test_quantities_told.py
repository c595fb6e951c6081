"""What is ordered by the number is told by the number, where it is counted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import TenantState
from subscriptions.models import Quantity
from subscriptions.operations import orders, quantity_changes, suspensions
from subscriptions.operations.sandboxes import SetUp
from subscriptions.operations.tenants import change_state
from subscriptions.provisioning import delivery, facts
from subscriptions.provisioning.models import Fact
from subscriptions.provisioning.wanted import wanted_by
from tests.factories.catalog import (
    PriceComponentFactory,
    PriceVersionFactory,
    ProductVersionFactory,
)
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX
from tests.factories.subscriptions import SubscriptionFactory, cancel_as_read
from tests.fixtures.contract import require
from tests.subscriptions.conftest import NOON
from tests.subscriptions.provisioning.test_delivery import deliver

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Person, Tenant
    from portal.operation_center.server import OperationCenter
    from subscriptions.models import Subscription

HOUR = dt.timedelta(hours=1)
LATER = NOON + HOUR
LICENCE = f"licence:{SANDBOX}"
CHANGED = {"sales-premium": 5, "service-premium": 2}


@pytest.fixture
def order(tenant: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(
        tenant.organisation,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 3},
        by=owner,
        at=NOON,
    )


@pytest.fixture
def sandbox(order: Subscription, sales: Person) -> Tenant:
    made = SetUp(identifier="Cust34506", crm_version="10.4.1")
    order = orders.confirm(order, set_up=made, by=sales, at=NOON)
    assert order.delivered_tenant is not None
    return order.delivered_tenant


def told(tenant: Tenant) -> list[tuple[str, dict[str, int] | None]]:
    """Every fact about its licence, with the quantities in it."""
    rows = Fact.objects.of(tenant).filter(subject=LICENCE).order_by("sequence")
    for row in rows.select_related("tenant"):
        require(delivery.envelope(row), "Fact")
    return [(row.type, (row.value or {}).get("quantities")) for row in rows]


def test_the_users_of_a_sandbox_are_told_for_the_sandbox(
    sandbox: Tenant, order: Subscription, tenant: Tenant, owner: Person
) -> None:
    assert told(sandbox) == [("licence.granted", {"sales-premium": 3})]

    quantity_changes.change(order, quantities=CHANGED, by=owner, at=LATER)

    assert told(sandbox)[1:] == [("licence.changed", CHANGED)]
    assert told(tenant) == [("licence.granted", None)]
    only_service = {"sales-premium": 0, "service-premium": 2}
    quantity_changes.change(order, quantities=only_service, by=owner, at=LATER)
    assert told(sandbox)[2:] == [("licence.changed", {"service-premium": 2})]
    assert facts.tell_everybody(now=lambda: LATER) == 0


def test_the_platform_knows_how_many_there_are(
    operation_center: OperationCenter,
    known: Callable[..., None],
    sandbox: Tenant,
    order: Subscription,
    owner: Person,
) -> None:
    known(sandbox, order.tenant)
    quantity_changes.change(order, quantities=CHANGED, by=owner, at=LATER)

    deliver(LATER)

    found = operation_center.kept.tenant(sandbox.environment, sandbox.identifier)
    assert found is not None
    assert found.holds[LICENCE] == {
        "product": SANDBOX,
        "capabilities": [],
        "until": None,
        "quantities": CHANGED,
    }


def test_it_is_taken_away_and_given_back_on_both(
    sandbox: Tenant, order: Subscription, tenant: Tenant, sales: Person
) -> None:
    suspensions.suspend(order, reason="Unpaid", by=sales, at=LATER)
    resumed = suspensions.resume(order, by=sales, at=LATER)
    cancel_as_read(resumed, at=LATER + HOUR)

    assert [kind for kind, _users in told(sandbox)] == [
        "licence.granted",
        "licence.revoked",
        "licence.granted",
        "licence.revoked",
    ]
    assert len(told(tenant)) == 4


def test_a_sandbox_that_is_gone_has_no_users(sandbox: Tenant) -> None:
    change_state(sandbox, TenantState.DELETED, by=PLATFORM, at=LATER)
    sandbox.refresh_from_db()

    assert wanted_by([sandbox], LATER)[sandbox.pk].keys() == {"settings"}


def test_what_is_not_counted_says_no_number(tenant: Tenant, owner: Person) -> None:
    orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )

    value = wanted_by([tenant], NOON)[tenant.pk][f"licence:{DEVELOPMENT_TOOLS}"]
    assert "quantities" not in value


def test_what_an_organisation_has_by_the_number_is_told_on_each_of_its_tenants(
    tenant: Tenant,
) -> None:
    version = ProductVersionFactory(for_organisation=True)
    price = PriceVersionFactory(product=version.product, per_user_plan=True)
    PriceComponentFactory(price_version=price)  # flat
    subscription = SubscriptionFactory(
        organisation=tenant.organisation,
        product_version=version,
        price_version=price,
        status="active",
        starts_at=NOON,
        charged_from=NOON.date(),
    )
    for component, number in (("licence", 1), ("sales-premium", 4), ("service-premium", 0)):
        Quantity.objects.create(
            subscription=subscription, component=component, quantity=number, effective_at=NOON
        )
    other = TenantFactory(organisation=tenant.organisation)

    found = wanted_by([tenant, other], NOON)

    subject = f"licence:{version.product.code}"
    there = [found[each.pk][subject]["quantities"] for each in (tenant, other)]
    assert there == [{"sales-premium": 4}] * 2
