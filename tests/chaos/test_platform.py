"""The platform is down for a day, the broker forgets, workers die: nothing is lost or overtaken.

Half of the day nobody listens at its address; then it answers, and fails. A worker dies while the
platform has its facts and it has no answer: they are taken once all the same.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING

import pytest
import redis
from django.conf import settings
from django.db import transaction

from billing.invariants import every
from customers import clock
from portal.operation_center import contract, state
from subscriptions.models import Subscription
from subscriptions.operations import orders
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import Attempt, AttemptedFact, Fact, FactType, Feed
from subscriptions.provisioning.tasks import deliver_facts
from subscriptions.provisioning.wanted import wanted_by
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.fixtures.platform import PORTAL_SECRET, Stalling, down
from tests.journeys.steps import eventually, the_story_begins

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Tenant
    from portal.operation_center.server import OperationCenter
    from tests.fixtures.worker import CeleryProcess

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.worker,
    pytest.mark.skipif(sys.platform != "linux", reason="finds a worker's children in /proc"),
]

TENANTS, TURNS = 20, 50  # more than a thousand facts
HALF = TURNS // 2
TAKEN_BEFORE_THE_KILL = 1  # request, with the first facts of each tenant
TAKEN_AWAY = [FactType.LICENCE_REVOKED, FactType.APPLICATION_DEACTIVATED]
MORNING = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_a_day_without_the_platform_loses_nothing_and_keeps_the_order(
    operation_center: OperationCenter,
    known: Callable[..., None],
    start_worker: Callable[..., CeleryProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_shop()
    the_story_begins(MORNING)
    tenants: list[Tenant] = [
        TenantFactory(organisation=OrganisationFactory()) for _each in range(TENANTS)
    ]
    known(*tenants)

    def worker() -> CeleryProcess:
        return start_worker(
            OPERATION_CENTER_URL=operation_center.url, OPERATION_CENTER_SECRET=PORTAL_SECRET
        )

    at_work = worker()
    with down(operation_center):
        for turn in range(HALF):
            _something_changes(tenants, turn)
            _time_passes(turn)
            if turn == 20:
                eventually("a refusal", Attempt.objects.filter(status=None).exists)
                assert Fact.objects.waiting().count() == Fact.objects.count() > 0
                at_work.kill()
                redis.Redis.from_url(settings.REDIS_URL).flushdb()
                at_work = worker()
    refused = Attempt.objects.count()
    assert Attempt.objects.filter(status=None, trouble__icontains="refused").count() == refused > 0
    operation_center.kept.set_mode(state.FAILING)
    for turn in range(HALF, TURNS):
        _something_changes(tenants, turn)
        _time_passes(turn)
    clock.move_to(MORNING + 24 * HOUR)
    written = Fact.objects.count()
    assert written == Fact.objects.waiting().count()
    assert written > TENANTS * TURNS
    assert Fact.objects.filter(type__in=TAKEN_AWAY).count() >= TENANTS * TURNS // 3
    assert not any(operation_center.kept.applied(*_key(each)) for each in tenants)
    eventually("it answers that it fails", Attempt.objects.filter(status=503).exists)

    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    stalling = Stalling(takes=TAKEN_BEFORE_THE_KILL)
    monkeypatch.setattr(contract, "take_facts", stalling)
    operation_center.kept.set_mode(state.WELL)
    _let_retries_come()
    deliver_facts.delay()
    eventually("a worker waits for its answer", stalling.keeps_waiting.is_set)
    assert 0 < _arrived(operation_center, tenants) < written
    assert Fact.objects.waiting().exists()
    at_work.kill()
    stalling.go_on()  # what the dead worker sent is taken, and nobody hears of it
    worker()
    eventually("all arrive", lambda: _rung() and not Fact.objects.waiting().exists())

    _agree_and_kept_the_order(operation_center, tenants)
    assert _arrived(operation_center, tenants) == written
    applied_rows = AttemptedFact.objects.filter(outcome="applied")
    assert applied_rows.count() == applied_rows.values("fact").distinct().count()
    assert every.check_all(at=clock.now()) == []


def _time_passes(turn: int) -> None:
    if turn % 10 == 5:
        clock.move_to(clock.now() + 4 * HOUR)
        deliver_facts.delay()


def _something_changes(tenants: list[Tenant], turn: int) -> None:
    """By turns a licence comes, its tenant is renamed, and the licence goes; with the licence an
    application is cut off and comes back.
    """
    for tenant in tenants:
        if turn % 3 == 0:
            orders.subscribe(
                tenant.organisation,
                product_code=DEVELOPMENT_TOOLS,
                tenant=tenant,
                by=PersonFactory(),
                at=clock.now(),
            )
            if turn == 0:
                AuthorisationFactory(active=True, tenant=tenant)
        elif turn % 3 == 1:
            tenant.name = f"Tenant in its state {turn}"
            tenant.save()
            with transaction.atomic():
                facts.tell([tenant.pk], at=clock.now())
        else:
            subscription = Subscription.objects.filter(tenant=tenant).latest("requested_at")
            cancel_as_read(subscription, at=clock.now())


def _agree_and_kept_the_order(operation_center: OperationCenter, tenants: list[Tenant]) -> None:
    wanted = wanted_by(tenants, clock.now())
    for tenant in tenants:
        applied = operation_center.kept.applied(*_key(tenant))
        sent = Fact.objects.of(tenant).order_by("sequence").values_list("sequence", "id")
        assert applied == [(number, str(fact)) for number, fact in sent]
        believed = operation_center.kept.tenant(*_key(tenant))
        assert believed is not None
        assert believed.holds == wanted[tenant.pk]


def _key(tenant: Tenant) -> tuple[str, str]:
    return tenant.environment, tenant.identifier


def _arrived(center: OperationCenter, tenants: list[Tenant]) -> int:
    return sum(len(center.kept.applied(*_key(each))) for each in tenants)


def _let_retries_come() -> None:
    """As the schedule would find them: the clock goes on until the last of them is due."""
    latest = Feed.objects.failing().order_by("-retry_at").values_list("retry_at", flat=True)
    last = latest.first()
    if last is not None and last > clock.now():
        clock.move_to(last)


def _rung() -> bool:
    """The schedule's tick, which no worker's death stops."""
    deliver_facts.delay()
    time.sleep(0.2)
    return True
