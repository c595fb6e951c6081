"""What only the platform has is listed for a person, and nothing is said to repair it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from customers.models import TenantState
from subscriptions.provisioning import facts, reconciliation, reports
from subscriptions.provisioning.models import Difference, Fact
from tests.factories.customers import TenantFactory
from tests.subscriptions.conftest import NOON
from tests.subscriptions.provisioning.test_reconciliation import (
    LATER,
    agreed,
    compare,
    deliver,
    holds,
)

if TYPE_CHECKING:
    from customers.clock import Clock
    from customers.models import Tenant
    from portal.operation_center.server import OperationCenter
    from subscriptions.provisioning.models import Reconciliation

__all__ = ["agreed"]

PLACE = ("production", "CUST777777")


def hold(center: OperationCenter, place: tuple[str, str], subject: str) -> None:
    """As if somebody had given it there by hand."""
    center.kept.add([place])
    with center.kept._changing() as db:
        value = json.dumps({"product": "scim"})
        db.execute("INSERT INTO holding VALUES (?, ?, ?, ?)", (*place, subject, value))


def only_there(run: Reconciliation) -> list[tuple[str, int | None, object]]:
    found = Difference.objects.filter(reconciliation=run).only_there()
    return [(each.kind, each.tenant_id, each.reported) for each in found]


def test_a_tenant_that_is_not_known_here_and_has_something(agreed: OperationCenter) -> None:
    hold(agreed, PLACE, "licence:scim")
    agreed.kept.add([("production", "CUST888888")])  # has nothing
    told = Fact.objects.count()

    run = compare()

    there = {
        "environment": "production",
        "identifier": "CUST777777",
        "state": 2,
        "holds": ["licence:scim"],
    }
    assert only_there(run) == [("stranger", None, there)]
    assert Fact.objects.count() == told
    assert run.tenants == 1


def test_who_is_registered_while_the_platform_reports_is_known(
    agreed: OperationCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(agreed, PLACE, "licence:scim")
    report = reports.reports

    def report_and_register(real_now: Clock) -> object:
        before = report(real_now)
        TenantFactory(environment="production", identifier="Cust777777")
        return before

    monkeypatch.setattr(reconciliation, "reports", report_and_register)

    assert only_there(compare()) == []


@pytest.fixture
def gone(agreed: OperationCenter, tenant: Tenant) -> Tenant:
    """Deleted here, and the platform was told what that takes away."""
    tenant.state = TenantState.DELETED
    tenant.save(update_fields=["state"])
    facts.tell([tenant.pk], at=NOON)
    assert deliver(NOON) == 1
    assert holds(agreed, tenant) == {"settings"}
    return tenant


def test_a_tenant_that_is_deleted_here_and_still_has_something(
    agreed: OperationCenter, gone: Tenant
) -> None:
    place = (gone.environment, gone.identifier.upper())
    hold(agreed, place, "application:7")

    run = compare()

    surplus = {"state": 2, "holds": ["application:7"]}
    assert only_there(run) == [("deleted", gone.pk, surplus)]
    assert run.tenants == 0


def test_a_deleted_tenant_that_is_being_told_is_left_out(
    agreed: OperationCenter, gone: Tenant
) -> None:
    hold(agreed, (gone.environment, gone.identifier.upper()), "application:7")
    gone.name = "Renamed"
    gone.save(update_fields=["name"])

    run = compare()

    assert only_there(run) == []
    deliver(LATER)


def test_a_deleted_tenant_that_has_what_it_was_told_is_no_difference(
    agreed: OperationCenter, gone: Tenant
) -> None:
    assert only_there(compare()) == []
