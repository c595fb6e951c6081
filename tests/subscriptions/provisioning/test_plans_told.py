"""What the platform tells of users per plan and of the CRM Suite plan, and what follows."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from customers.actors import PLATFORM
from customers.models import History, TenantState
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.operations import orders
from subscriptions.operations.tenants import change_state
from subscriptions.provisioning import news, receiving
from subscriptions.provisioning.models import Fact, PlatformEvent
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import AuthorisationFactory
from tests.fixtures.contract import require
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant

LATER = NOON + dt.timedelta(hours=1)


def event_of(tenant: Tenant, number: int, users: int, suite: str | None) -> dict[str, Any]:
    event = {
        "id": f"{tenant.pk}-{number}",
        "type": "tenant.plans",
        "tenant": {"environment": tenant.environment, "identifier": tenant.identifier},
        "sequence": number,
        "at": NOON.isoformat(),
        "plans": {"users": {"sales-premium": users}, "crm_suite_plan": suite},
    }
    require(event, "Event")
    return event


def told(tenant: Tenant, number: int, users: int, suite: str | None) -> str:
    """What telling it came to, so that `tenant` is as it is now."""
    event = news.read(json.dumps(event_of(tenant, number, users, suite)).encode())
    row, _is_new = receiving.receive(event, at=LATER)
    tenant.refresh_from_db()
    return str(row.outcome)


def users_of(tenant: Tenant) -> dict[str, int]:
    return {row.plan: row.users for row in tenant.user_plans.all()}


def test_they_are_noted_once_and_told_on(tenant: Tenant) -> None:
    assert told(tenant, 1, 40, "core") == "applied"
    assert told(tenant, 1, 40, "core") == "applied"

    assert (tenant.commercial_model, tenant.crm_suite_plan) == ("crm_suite", "core")
    assert users_of(tenant) == {"sales-premium": 40}
    rows = History.objects.on(tenant).order_by("pk")
    assert [(row.verb, row.actor_kind, row.at) for row in rows] == [
        ("tenant.user_plans_changed", "platform", LATER),
        ("tenant.plan_changed", "platform", LATER),
    ]
    settings = Fact.objects.of(tenant).filter(subject="settings").latest("sequence")
    assert (settings.value or {})["crm_suite_plan"] == "core"
    assert Fact.objects.of(tenant).filter(subject=f"licence:{DEVELOPMENT_TOOLS}").exists()


def test_in_any_order_the_last_ones_hold(customer: Organisation) -> None:
    ends = []
    for order in itertools.permutations([(1, 40, "core"), (2, 30, None)]):
        tenant = TenantFactory(organisation=customer)
        for number, users, suite in order:
            told(tenant, number, users, suite)
        ends.append((tenant.crm_suite_plan, users_of(tenant)))

    assert ends == [("", {"sales-premium": 30})] * 2


def test_applications_follow_the_plan(customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_core=True)
    application = AuthorisationFactory(tenant=tenant, active=True, confirmed_at=NOON)

    told(tenant, 1, 5, None)
    application.refresh_from_db()
    assert application.status == AuthorisationStatus.DEACTIVATED
    assert application.deactivation == "plan_changed"

    told(tenant, 2, 5, "growth")
    application.refresh_from_db()
    assert application.status == AuthorisationStatus.ACTIVE


def test_under_a_subscription_the_end_of_a_plan_stops_nothing(
    tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    application = AuthorisationFactory(tenant=tenant, active=True)

    told(tenant, 1, 5, "core")
    told(tenant, 2, 5, None)

    application.refresh_from_db()
    assert application.status == AuthorisationStatus.ACTIVE


def test_of_a_deleted_tenant_they_are_ignored(tenant: Tenant) -> None:
    change_state(tenant, TenantState.DELETED, by=PLATFORM, at=NOON)

    assert told(tenant, 1, 40, "core") == "ignored"

    assert tenant.crm_suite_plan == ""


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"plans": None}, id="none"),
        pytest.param({"plans": {"users": {}}}, id="no word of a suite plan"),
        pytest.param({"plans": {"users": {}, "crm_suite_plan": "gold"}}, id="suite plan"),
        pytest.param({"plans": {"users": {"pilot": 1}, "crm_suite_plan": None}}, id="user plan"),
        pytest.param(
            {"plans": {"users": {"standard": -1}, "crm_suite_plan": None}}, id="less than none"
        ),
        pytest.param({"state": 4}, id="a state too"),
        pytest.param({"type": "tenant.state"}, id="another type"),
    ],
)
def test_what_are_no_plans_is_refused(tenant: Tenant, wrong: dict[str, Any]) -> None:
    event = event_of(tenant, 1, 5, None) | wrong

    with pytest.raises(news.UnreadableEvent):
        news.read(json.dumps(event).encode())


def test_the_fingerprint_of_what_came_before_stays(tenant: Tenant) -> None:
    """A delivery again of what is known was refused as another one, had it changed."""
    event = event_of(tenant, 1, 5, None) | {"type": "tenant.state", "state": 4}
    del event["plans"]

    row, _is_new = receiving.receive(news.read(json.dumps(event).encode()), at=LATER)

    assert "plans" not in PlatformEvent.objects.get(pk=row.pk).content
