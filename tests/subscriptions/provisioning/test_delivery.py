from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import TYPE_CHECKING

import pytest
from django.db import close_old_connections, connection, transaction

from customers import clock
from portal.operation_center import state
from subscriptions.provisioning import delivery, facts, results
from subscriptions.provisioning.models import Attempt, AttemptedFact, Fact, Feed
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from customers.models import Tenant
    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
SCHEDULE = [
    dt.timedelta(seconds=0),
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
]


def deliver(at: dt.datetime = NOON) -> int:
    return delivery.deliver_due(now=lambda: at, real_now=clock.real_now)


def told(tenant: Tenant, count: int, *, after: int = 0) -> list[Fact]:
    """So many facts, each of which takes the place of the one before."""
    rows = [
        Fact(
            tenant=tenant,
            sequence=after + number,
            type="licence.changed",
            subject="licence:scim",
            value={"product": "scim", "capabilities": [], "until": None, "turn": after + number},
            at=NOON,
        )
        for number in range(1, count + 1)
    ]
    Fact.objects.bulk_create(rows)
    Feed.objects.get_or_create(tenant=tenant)
    return rows


def seen_by(center: OperationCenter, tenant: Tenant) -> list[int]:
    """The numbers in the order in which the platform applied them."""
    return [number for number, _id in center.kept.applied(tenant.environment, tenant.identifier)]


@pytest.fixture
def tenant(known: Callable[..., None]) -> Tenant:
    tenant: Tenant = TenantFactory()
    known(tenant)
    return tenant


def test_what_a_tenant_has_arrives_signed_in_order_and_is_written_down(
    operation_center: OperationCenter, tenant: Tenant
) -> None:
    told(tenant, 3)

    assert deliver() == 3

    found = operation_center.kept.tenant(tenant.environment, tenant.identifier)
    assert found is not None
    assert (found.sequence, found.holds["licence:scim"]["turn"]) == (3, 3)
    assert seen_by(operation_center, tenant) == [1, 2, 3]
    assert set(Fact.objects.values_list("is_waiting", "delivered_at")) == {(False, NOON)}
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.trouble) == (200, "")
    assert [row.outcome for row in attempt.facts.all()] == ["applied"] * 3
    assert deliver() == 0


def test_facts_with_another_secret_are_not_believed(
    operation_center: OperationCenter, tenant: Tenant, settings: Settings
) -> None:
    told(tenant, 1)
    settings.OPERATION_CENTER_SECRETS = ["whsec_c29tZWJvZHkgZWxzZSBhbmQgbm90IHRoZSBwb3J0YWw"]

    assert deliver() == 0

    assert seen_by(operation_center, tenant) == []
    assert Attempt.objects.get().status == 401


def test_a_secret_is_replaced_without_a_gap(
    operation_center: OperationCenter, tenant: Tenant, settings: Settings
) -> None:
    told(tenant, 1)
    new = "whsec_YSBzZWNyZXQgdGhhdCB0YWtlcyBpdHMgcGxhY2UgdG9kYXk"
    settings.OPERATION_CENTER_SECRETS = [new, *settings.OPERATION_CENTER_SECRETS]

    assert deliver() == 1


def test_a_fact_that_arrives_twice_is_applied_once(
    operation_center: OperationCenter, tenant: Tenant
) -> None:
    told(tenant, 2)
    deliver()
    # As after a worker that died between the answer and writing it down.
    Fact.objects.update(is_waiting=True)

    assert deliver(NOON + MINUTE) == 2

    assert seen_by(operation_center, tenant) == [1, 2]
    last = Attempt.objects.latest("id")
    assert {row.outcome for row in last.facts.all()} == {"known"}
    assert set(Fact.objects.values_list("delivered_at", flat=True)) == {NOON}


def test_the_retries_follow_the_schedule_and_never_end(
    operation_center: OperationCenter, tenant: Tenant
) -> None:
    told(tenant, 1)
    operation_center.kept.set_mode(state.FAILING)

    at, waits = NOON, []
    for _turn in range(12):
        deliver(at)
        feed = Feed.objects.get()
        assert feed.retry_at is not None
        waits.append(feed.retry_at - at)
        at = feed.retry_at

    planned = [*SCHEDULE, DAY, DAY]
    assert all(wait <= waited <= wait * 1.1 for wait, waited in zip(planned, waits, strict=True)), (
        waits
    )
    assert (feed.failures, feed.failing_since, feed.trouble) == (12, NOON, "silent")
    assert feed.detail == "HTTP 503"


def test_a_platform_that_answers_again_gets_everything_at_once(
    operation_center: OperationCenter, known: Callable[..., None], tenant: Tenant
) -> None:
    other = TenantFactory()
    known(other)
    told(tenant, 2)
    operation_center.kept.set_mode(state.FAILING)
    at = NOON
    for _turn in range(4):
        deliver(at)
        at = Feed.objects.get().retry_at or at
    assert at > NOON + 30 * MINUTE
    operation_center.kept.set_mode(state.WELL)
    told(other, 1)

    assert deliver(NOON + 10 * MINUTE) == 3

    assert seen_by(operation_center, tenant) == [1, 2]
    assert set(Feed.objects.values_list("failures", "retry_at", "trouble")) == {(0, None, "")}


def test_one_refused_tenant_does_not_keep_the_others_waiting(
    operation_center: OperationCenter, tenant: Tenant
) -> None:
    stranger = TenantFactory()
    told(stranger, 2)
    told(tenant, 2)

    assert deliver() == 2

    assert seen_by(operation_center, tenant) == [1, 2]
    feed = Feed.objects.get(tenant=stranger)
    assert (feed.trouble, feed.detail) == ("refused", "unknown tenant")
    theirs = AttemptedFact.objects.filter(fact__tenant=stranger, attempt=Attempt.objects.first())
    assert list(theirs.order_by("id").values_list("outcome", flat=True)) == ["refused", "behind"]


def test_a_platform_restored_from_a_backup_is_told_again_from_there(
    operation_center: OperationCenter, tenant: Tenant
) -> None:
    told(tenant, 5)
    deliver()
    operation_center.kept.forget(tenant.environment, tenant.identifier)
    told(tenant, 1, after=5)

    deliver(NOON + MINUTE)
    deliver(NOON + 2 * MINUTE)

    assert seen_by(operation_center, tenant) == [1, 2, 3, 4, 5, 6]
    assert not Fact.objects.waiting().exists()
    assert Feed.objects.get().failures == 0


def test_no_platform_in_the_settings_leaves_facts_waiting(
    tenant: Tenant, settings: Settings
) -> None:
    settings.OPERATION_CENTER_URL = ""
    told(tenant, 1)

    assert deliver() == 0
    assert Fact.objects.waiting().count() == 1
    assert not Attempt.objects.exists()


def test_a_platform_that_is_gone_is_an_attempt_with_its_trouble(
    operation_center: OperationCenter, tenant: Tenant, settings: Settings
) -> None:
    told(tenant, 1)
    settings.OPERATION_CENTER_URL = "http://127.0.0.1:9/"

    deliver()

    attempt = Attempt.objects.get()
    assert attempt.status is None
    assert "ConnectionRefusedError" in attempt.trouble


def test_an_answer_that_mentions_nothing_delivers_nothing() -> None:
    content = Fact(id=uuid.uuid4())

    assert results._result({}).outcome == "refused"
    assert results.taken_before([content], {str(content.pk): results._result({})})[0] == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_deliver_each_fact_once_and_in_order(
    operation_center: OperationCenter, known: Callable[..., None]
) -> None:
    organisation = OrganisationFactory()
    tenants = [TenantFactory(organisation=organisation) for _each in range(12)]
    known(*tenants)
    for each in tenants:
        told(each, 60)

    def work() -> None:
        try:
            deliver()
        finally:
            close_old_connections()
            connection.close()

    workers = [threading.Thread(target=work) for _each in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    for each in tenants:
        assert seen_by(operation_center, each) == list(range(1, 61))
    applied = AttemptedFact.objects.filter(outcome="applied")
    assert applied.count() == AttemptedFact.objects.count() == 720


@pytest.mark.django_db(transaction=True)
def test_an_operation_does_not_wait_for_a_slow_platform(
    operation_center: OperationCenter, tenant: Tenant
) -> None:
    with transaction.atomic():
        facts.tell([tenant.pk], at=NOON)
    sending = transaction.atomic()
    with sending:
        # What a delivery holds while it waits for its answer.
        list(Feed.objects.due_at(NOON).select_for_update(of=["self"]))
        done = threading.Event()

        def tell() -> None:
            tenant.name = "Renamed"
            tenant.save()
            with transaction.atomic():
                facts.tell([tenant.pk], at=NOON + MINUTE)
            connection.close()
            done.set()

        other = threading.Thread(target=tell)
        other.start()
        assert done.wait(5)
    other.join()
    assert Fact.objects.of(tenant).count() == 2
