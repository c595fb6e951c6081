"""The portal was restored from a backup: the platform has had facts that are not known here."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

import pytest

from billing.invariants import drains
from customers import clock
from customers.models import History
from subscriptions.operations import orders
from subscriptions.provisioning import catching_up, delivery, facts
from subscriptions.provisioning.models import Fact, FactState, Feed
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.subscriptions.conftest import NOON
from tests.subscriptions.provisioning.test_delivery import MINUTE, deliver
from tests.subscriptions.provisioning.test_reconciliation import say_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Person, Tenant
    from portal.operation_center.server import OperationCenter
    from portal.operation_center.state import Tenant as Believed

LATER = NOON + dt.timedelta(hours=1)
LICENCE = f"licence:{DEVELOPMENT_TOOLS}"


@pytest.fixture
def lost(
    operation_center: OperationCenter,
    known: Callable[..., None],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> OperationCenter:
    """Facts 1 and 2 were told and are known here; 3 to 5 were told and are not."""
    known(tenant)
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON)
    assert deliver() == 2
    place = {"environment": tenant.environment, "identifier": tenant.identifier}
    contents = [(LICENCE, None), ("licence:scim", {"product": "scim"}), ("licence:old", None)]
    results = operation_center.kept.apply(
        {
            "id": str(uuid.uuid4()),
            "tenant": place,
            "sequence": sequence,
            "subject": subject,
            "value": value,
        }
        for sequence, (subject, value) in enumerate(contents, start=3)
    )
    assert {each["outcome"] for each in results} == {"applied"}
    return operation_center


def rename(tenant: Tenant, name: str, at: dt.datetime) -> None:
    tenant.name = name
    tenant.save()
    assert facts.tell_everybody(now=lambda: at) == 1


def catch_up(by: Person, at: dt.datetime = LATER) -> int:
    return catching_up.catch_up(reason="Restored", by=by, now=lambda: at, real_now=clock.real_now)


def believed(center: OperationCenter, tenant: Tenant) -> Believed:
    found = center.kept.tenant(tenant.environment, tenant.identifier)
    assert found is not None
    return found


def test_numbers_go_on_behind_the_platforms_and_all_is_said_anew(
    lost: OperationCenter, tenant: Tenant, app_manager: Person
) -> None:
    assert catch_up(app_manager) == 1
    deliver(LATER)

    seen = believed(lost, tenant)
    assert set(seen.holds) == {LICENCE, "settings"}
    assert seen.sequence == 8
    assert not Fact.objects.waiting().exists()
    numbered = Fact.objects.of(tenant).order_by("sequence")
    assert [(each.sequence, each.state) for each in numbered][2:6] == [
        (3, FactState.REPLACED),
        (4, FactState.REPLACED),
        (5, FactState.REPLACED),
        (6, FactState.DELIVERED),
    ]
    told = History.objects.get(verb="tenant.facts_said_anew")
    assert (told.actor, told.reason, told.details) == (
        app_manager,
        "Restored",
        {"from": "2", "to": "6"},
    )
    assert list(drains.check(at=LATER)) == []
    assert catch_up(app_manager) == 0


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(1, 6, id="before its number"),
        pytest.param(4, 7, id="past its number, of which it took one"),
    ],
)
def test_what_was_written_since_and_is_refused_for_ever_gives_way(
    lost: OperationCenter, tenant: Tenant, app_manager: Person, written: int, expected: int
) -> None:
    for turn in range(written):
        rename(tenant, f"Renamed {turn}", NOON + turn * MINUTE)
    deliver(LATER)
    deliver(LATER + MINUTE)
    assert Feed.objects.get().detail == f"number {expected} comes next"

    assert catch_up(app_manager, LATER + MINUTE) == 1
    deliver(LATER + MINUTE)

    seen = believed(lost, tenant)
    assert seen.holds["settings"]["name"] == f"Renamed {written - 1}"
    assert set(seen.holds) == {LICENCE, "settings"}
    assert not Fact.objects.waiting().exists()
    assert not Feed.objects.failing().exists()
    assert list(drains.check(at=LATER)) == []


def test_so_does_what_was_written_since_and_was_not_sent_yet(
    lost: OperationCenter, tenant: Tenant, app_manager: Person
) -> None:
    """No worker runs yet: docs/operating.md has the command before them."""
    for turn in range(4):
        rename(tenant, f"Renamed {turn}", NOON + turn * MINUTE)

    assert catch_up(app_manager) == 1
    deliver(LATER)

    assert believed(lost, tenant).holds["settings"]["name"] == "Renamed 3"
    assert not Fact.objects.waiting().exists()


def test_a_platform_that_is_restored_after_that_is_told_from_there(
    lost: OperationCenter, tenant: Tenant, app_manager: Person
) -> None:
    catch_up(app_manager)
    deliver(LATER)
    lost.kept.forget(tenant.environment, tenant.identifier)
    rename(tenant, "Renamed", LATER + MINUTE)

    for turn in range(1, 4):
        deliver(LATER + turn * MINUTE)

    assert set(believed(lost, tenant).holds) == {LICENCE, "settings"}
    assert believed(lost, tenant).holds["settings"]["name"] == "Renamed"
    assert not Fact.objects.waiting().exists()


def test_what_is_replaced_is_not_sent_again_by_hand(
    lost: OperationCenter, tenant: Tenant, app_manager: Person
) -> None:
    catch_up(app_manager)
    deliver(LATER)

    with pytest.raises(delivery.NothingToReplay):
        delivery.replay(tenant, first=3, last=5, confirmed=3, by=app_manager, at=LATER)

    assert not Fact.objects.waiting().exists()


def test_who_lost_nothing_is_told_nothing(
    operation_center: OperationCenter,
    known: Callable[..., None],
    tenant: Tenant,
    app_manager: Person,
) -> None:
    known(tenant)
    facts.tell_everybody(now=lambda: NOON)
    deliver()
    rename(tenant, "Renamed", LATER)  # and waits

    assert catch_up(app_manager) == 0

    assert Fact.objects.of(tenant).count() == 2


def test_a_number_that_nothing_here_can_have_led_to_changes_nothing(
    lost: OperationCenter,
    tenant: Tenant,
    app_manager: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catching_up, "MOST_LOST", 2)

    assert catch_up(app_manager) == 0

    assert Fact.objects.of(tenant).count() == 2


def test_a_report_that_is_not_as_agreed_keeps_its_own_tenant_back(
    lost: OperationCenter,
    tenant: Tenant,
    app_manager: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say_of(tenant, {"state": "\x00"}, monkeypatch)

    assert catch_up(app_manager) == 0

    assert Fact.objects.of(tenant).count() == 2
