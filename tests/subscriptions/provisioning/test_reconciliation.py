from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers import clock
from portal.operation_center import contract, state
from portal.operation_center.contract import Reply
from subscriptions.operations import orders
from subscriptions.provisioning import delivery, facts, reconciliation, reports
from subscriptions.provisioning.models import Difference, Fact, Reconciliation
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from customers.clock import Clock
    from customers.models import Organisation, Person, Tenant
    from portal.operation_center.server import OperationCenter

LICENCE = f"licence:{DEVELOPMENT_TOOLS}"
LATER = NOON + dt.timedelta(hours=1)


def deliver(at: dt.datetime) -> int:
    return delivery.deliver_due(now=lambda: at, real_now=clock.real_now)


def compare(by: Person | None = None) -> Reconciliation:
    return reconciliation.reconcile(by=by, now=lambda: LATER, real_now=clock.real_now)


@pytest.fixture
def agreed(
    operation_center: OperationCenter,
    known: Callable[..., None],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> OperationCenter:
    """A platform that has what the tenant should have."""
    known(tenant)
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON)
    assert deliver(NOON) == 2
    return operation_center


def found(run: Reconciliation) -> list[tuple[str, str]]:
    return list(run.differences.order_by("subject").values_list("kind", "subject"))


def holds(center: OperationCenter, tenant: Tenant) -> set[str]:
    believed = center.kept.tenant(tenant.environment, tenant.identifier)
    assert believed is not None
    return set(believed.holds)


def test_who_agrees_has_no_differences(agreed: OperationCenter, app_manager: Person) -> None:
    run = compare(by=app_manager)

    assert found(run) == []
    assert (run.tenants, run.in_flight, run.trouble, run.asked_by) == (1, 0, "", app_manager)


def test_what_the_platform_has_lost_is_explained_and_said_again(
    agreed: OperationCenter, tenant: Tenant
) -> None:
    agreed.kept.forget(tenant.environment, tenant.identifier, LICENCE)

    run = compare()

    assert found(run) == [("missing", LICENCE)]
    repaired_by = run.differences.get().repaired_by
    assert repaired_by is not None
    assert repaired_by.sequence == 3
    assert deliver(LATER) == 1
    assert holds(agreed, tenant) == {LICENCE, "settings"}
    assert found(compare()) == []


def test_what_the_platform_should_not_have_is_taken_away(
    agreed: OperationCenter, tenant: Tenant
) -> None:
    with agreed.kept._changing() as db:
        place = (tenant.environment, tenant.identifier.upper())
        db.execute("INSERT INTO holding VALUES (?, ?, 'licence:scim', '{}')", place)
        db.execute("UPDATE holding SET value = '{}' WHERE subject = ?", (LICENCE,))

    run = compare()

    assert found(run) == [("other", LICENCE), ("surplus", "licence:scim")]
    assert deliver(LATER) == 2
    assert found(compare()) == []


def test_a_platform_restored_from_a_backup_agrees_after_one_comparison(
    agreed: OperationCenter, tenant: Tenant
) -> None:
    agreed.kept.forget(tenant.environment, tenant.identifier)

    run = compare()
    deliver(LATER)
    deliver(LATER + dt.timedelta(minutes=1))

    assert found(run) == [("missing", LICENCE), ("missing", "settings")]
    assert holds(agreed, tenant) == {LICENCE, "settings"}
    assert found(compare()) == []


def test_what_is_on_its_way_is_no_difference(agreed: OperationCenter, tenant: Tenant) -> None:
    tenant.name = "Renamed"
    tenant.save()
    facts.tell_everybody(now=lambda: LATER)

    run = compare()

    assert (found(run), run.tenants, run.in_flight) == ([], 0, 1)


def test_a_tenant_the_platform_does_not_know_is_for_a_person(
    agreed: OperationCenter, customer: Organisation, known: Callable[..., None]
) -> None:
    stranger = TenantFactory(organisation=customer)
    known(stranger)
    facts.tell_everybody(now=lambda: NOON)
    deliver(NOON)
    with agreed.kept._changing() as db:
        db.execute("DELETE FROM tenant WHERE identifier = ?", (stranger.identifier.upper(),))

    run = compare()

    assert found(run) == [("unknown_tenant", "")]
    assert run.differences.get().repaired_by is None


def test_another_state_is_listed(agreed: OperationCenter, tenant: Tenant) -> None:
    agreed.kept.say(tenant.environment, tenant.identifier, 4)

    assert found(compare()) == [("state", "")]


def test_a_platform_that_does_not_report_is_the_runs_trouble(agreed: OperationCenter) -> None:
    agreed.kept.set_mode(state.FAILING)

    run = compare()

    assert (run.trouble, run.tenants, run.finished_at) == ("HTTP 503", 0, LATER)


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        pytest.param({"holds": {"licence:x": {"until": "a\x00"}}}, "holds", id="NUL"),
        pytest.param(
            {"holds": {"licence:x\ud800": {}}},
            "holds",
            id="half a pair",
        ),
        pytest.param({"sequence": float("inf")}, "sequence", id="no number"),
        pytest.param({"state": "\x00"}, "state", id="NUL as state"),
        pytest.param({"holds": 3}, "holds", id="nothing held"),
        pytest.param({"holds": {"x" * 81: {}}}, "holds", id="too long a subject"),
    ],
)
def test_a_tenant_whose_report_could_not_be_kept_is_left_out_and_named(
    agreed: OperationCenter,
    tenant: Tenant,
    known: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    odd: dict[str, Any],
    field: str,
) -> None:
    other = TenantFactory()
    known(other)
    facts.tell_everybody(now=lambda: NOON)
    deliver(NOON)
    agreed.kept.forget(other.environment, other.identifier, "settings")
    say_of(tenant, odd, monkeypatch)

    run = compare()

    assert sorted(found(run)) == [("missing", "settings"), ("odd", "")]
    assert (run.trouble, run.tenants) == ("", 1)
    odd_one = run.differences.get(kind="odd")
    assert (odd_one.tenant, odd_one.reported) == (tenant, {"field": field})
    assert odd_one.repaired_by is None


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"environment": ["production"]}, id="a list as environment"),
        pytest.param({"identifier": 3}, id="a number as identifier"),
        pytest.param({"identifier": "Cust\x00"}, id="NUL in it"),
    ],
)
def test_an_entry_that_names_no_tenant_is_the_runs_trouble(
    agreed: OperationCenter,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    odd: dict[str, Any],
) -> None:
    say_of(tenant, odd, monkeypatch)

    run = compare()

    assert (run.trouble, run.tenants) == ("a report that is not as agreed", 0)
    assert found(run) == []


def say_of(tenant: Tenant, odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    report_tenants = contract.report_tenants

    def say_it_oddly(kept: state.State, path: str) -> Reply:
        content = report_tenants(kept, path).content
        said = [
            each | odd if each["identifier"] == tenant.identifier.upper() else each
            for each in content["tenants"]
        ]
        return Reply(200, content | {"tenants": said})

    monkeypatch.setattr(contract, "report_tenants", say_it_oddly)


def test_what_was_told_while_the_platform_reported_is_no_difference(
    agreed: OperationCenter, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = reports.reports

    def report_and_be_told(real_now: Clock) -> object:
        before = report(real_now)
        tenant.name = "Renamed"
        tenant.save()
        facts.tell_everybody(now=lambda: LATER)
        assert deliver(LATER) == 1
        return before

    monkeypatch.setattr(reconciliation, "reports", report_and_be_told)

    run = compare()

    assert (found(run), run.tenants, run.in_flight) == ([], 0, 1)
    assert Fact.objects.of(tenant).count() == 3


def test_one_chunk_that_fails_stops_no_other(
    agreed: OperationCenter,
    tenant: Tenant,
    known: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = TenantFactory()
    known(other)
    facts.tell_everybody(now=lambda: NOON)
    deliver(NOON)
    monkeypatch.setattr(facts, "CHUNK", 1)
    agreed.kept.forget(other.environment, other.identifier, "settings")
    differences = reconciliation._differences

    def fail(run: Reconciliation, of: Tenant, *said: Any) -> Iterator[Difference]:
        if of == tenant:
            raise ValueError("something in its rows")
        return differences(run, of, *said)

    monkeypatch.setattr(reconciliation, "_differences", fail)

    run = compare()

    assert found(run) == [("missing", "settings")]
    assert (run.tenants, run.finished_at) == (1, LATER)
    assert run.trouble == "tenants that could not be compared: 1"


def test_a_run_that_breaks_off_says_so(
    agreed: OperationCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(**_instants: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(facts, "tell_everybody", break_off)

    with pytest.raises(RuntimeError):
        compare()

    run = Reconciliation.objects.get()
    assert (run.trouble, run.finished_at) == ("RuntimeError('no more')", LATER)
