"""A request that fails as a whole: for one tenant in it, or for everybody."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.operation_center import contract, state
from portal.operation_center.contract import Reply
from subscriptions.provisioning import delivery, exchange
from subscriptions.provisioning.models import Attempt, Fact, Feed
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.subscriptions.conftest import NOON
from tests.subscriptions.provisioning.test_delivery import MINUTE, deliver, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Tenant
    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db


class Unreadable(Reply):
    @property
    def body(self) -> bytes:
        return b"<p>All is well.</p>"


class Hanging(Reply):
    @property
    def body(self) -> bytes:
        """Longer than the portal waits."""
        time.sleep(3 * PATIENCE)
        return b""


PATIENCE = 0.7  # seconds; a busy machine answers in less
FAILURES = {
    "failing": Reply(500, {}),
    "unreadable": Unreadable(200, {}),
    "hanging": Hanging(200, {}),
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LIMITS", replace(exchange.LIMITS, quiet_seconds=PATIENCE))


@pytest.fixture
def tenants(known: Callable[..., None]) -> list[Tenant]:
    organisation = OrganisationFactory()
    found: list[Tenant] = [TenantFactory(organisation=organisation) for _each in range(60)]
    known(*found)
    return found


QUICK = ["failing", "unreadable"]
HANGS = pytest.param("hanging", marks=pytest.mark.slow)  # each time for as long as is waited


@pytest.fixture(params=[*QUICK, HANGS])
def fails_at(
    operation_center: OperationCenter,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> set[str]:
    """Identifiers: a request that names one of them fails as a whole."""
    identifiers: set[str] = set()
    take_facts = contract.take_facts

    def fail_or_take(kept: state.State, body: bytes) -> Reply:
        if any(f'"{each}"'.encode() in body for each in identifiers):
            return FAILURES[request.param]
        return take_facts(kept, body)

    monkeypatch.setattr(contract, "take_facts", fail_or_take)
    return identifiers


PLACES = (0, 20, 39, 59)


def waiting() -> set[int]:
    return set(Fact.objects.waiting().values_list("tenant", flat=True))


@pytest.mark.parametrize(
    ("fails_at", "place"),
    [
        *itertools.product(QUICK, PLACES),
        ("hanging", 20),
        *(
            pytest.param("hanging", place, marks=pytest.mark.slow)
            for place in PLACES
            if place != 20
        ),
    ],
    indirect=["fails_at"],
)
def test_the_one_that_the_platform_fails_at_keeps_nobody_else_waiting(
    tenants: list[Tenant], fails_at: set[str], place: int
) -> None:
    for each in tenants:
        told(each, 1)
    fails_at.add(tenants[place].identifier)

    assert deliver() == 59

    assert waiting() == {tenants[place].pk}
    [feed] = Feed.objects.failing()
    assert (feed.pk, feed.failures, feed.trouble) == (tenants[place].pk, 1, "refused")
    assert Attempt.objects.count() <= 18


def test_several_of_them_are_found_as_well(tenants: list[Tenant], fails_at: set[str]) -> None:
    for each in tenants:
        told(each, 1)
    poison = [tenants[place] for place in (0, 1, 2, 17, 41)]
    fails_at.update(each.identifier for each in poison)

    # Where each of them takes seconds to be found, a later run finds the rest.
    assert sum(deliver() for _run in range(3)) == 55

    assert waiting() == {each.pk for each in poison}


def test_it_keeps_its_own_schedule_while_the_others_are_told(
    tenants: list[Tenant], fails_at: set[str]
) -> None:
    poison, other = tenants[:2]
    told(poison, 1)
    fails_at.add(poison.identifier)

    at, waits = NOON, []
    for turn in range(6):
        told(other, 1, after=2 * turn)
        deliver(at)
        feed = Feed.objects.get(tenant=poison)
        assert feed.retry_at is not None
        waits.append(feed.retry_at - at)
        told(other, 1, after=2 * turn + 1)
        if turn:
            deliver(at + waits[-1] / 2)  # others have news before its next turn
            assert waiting() == {poison.pk}
        at = feed.retry_at

    feed.refresh_from_db()
    assert feed.trouble == "refused"
    planned = delivery.RETRY_AFTER
    assert all(wait <= waited <= wait * 1.1 for wait, waited in zip(planned, waits, strict=False))


def test_a_platform_that_fails_at_everybody_is_left_alone_until_later(
    operation_center: OperationCenter, tenants: list[Tenant]
) -> None:
    for each in tenants:
        told(each, 1)
    operation_center.kept.set_mode(state.FAILING)

    with CaptureQueriesContext(connection) as asked:
        assert deliver() == 0

    assert Attempt.objects.count() == delivery.FAILURES_IN_A_ROW
    updates = [each for each in asked if each["sql"].startswith("UPDATE")]
    assert len(updates) < delivery.FAILURES_IN_A_ROW  # of the one that was tried alone, and one
    assert set(Feed.objects.values_list("failures", "trouble")) == {(1, "silent")}
    operation_center.kept.set_mode(state.WELL)
    assert deliver(NOON + MINUTE) == 60
    assert Feed.objects.failing().count() == 0


def test_a_platform_that_hangs_at_everything_is_left_alone_after_two_requests(
    tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in tenants:
        told(each, 1)
    asked: list[str] = []

    def hang(*_question: object) -> Reply:
        asked.append("hung")
        return Hanging(200, {})

    monkeypatch.setattr(contract, "take_facts", hang)
    monkeypatch.setattr(contract, "report_tenants", hang)

    assert deliver() == 0

    assert len(asked) == 2
    assert set(Feed.objects.failing().values_list("failures", "trouble")) == {(1, "silent")}
    assert Feed.objects.failing().count() == delivery.TENANTS_AT_ONCE


@pytest.mark.slow  # it is waited for so often
def test_a_platform_that_hangs_at_all_facts_is_left_alone_until_later(
    tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in tenants:
        told(each, 1)
    with monkeypatch.context() as patch:
        patch.setattr(contract, "take_facts", lambda *_facts: Hanging(200, {}))
        assert deliver() == 0

    assert Attempt.objects.count() == delivery.FAILURES_IN_A_ROW
    assert set(Feed.objects.values_list("failures", "trouble")) == {(1, "silent")}
    assert deliver(NOON + MINUTE) == 60


@pytest.mark.parametrize("fails_at", FAILURES, indirect=True)
def test_who_hangs_here_and_there_takes_no_run_for_long(
    tenants: list[Tenant], fails_at: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is left goes with the next run, whoever was found comes last."""
    monkeypatch.setattr(delivery, "HANGS_A_RUN", 3)
    told(tenants[0], 1)
    told(tenants[1], 1)
    fails_at.add(tenants[0].identifier)

    deliver()
    deliver()

    assert waiting() == {tenants[0].pk}
