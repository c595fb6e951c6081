"""Eight connections report about one meter at once, with corrections, resends and in any order."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from billing.metering import sums
from billing.metering.events import Event, digest_of, key_of, read
from billing.metering.models import CountedEvent, DailyTotal
from billing.metering.refusals import Code
from catalog.models import Meter
from customers.models import Tenant
from subscriptions.periods import Month
from tests.billing.metering.test_dropping_at_once import wait_until_somebody_waits
from tests.factories.customers import TenantFactory
from tests.factories.metering import (
    MeterFactory,
    body,
    correction,
    event,
    platform_credential,
    report,
)
from tests.factories.shop import open_shop
from tests.pools import pool_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from billing.metering.models import ApiCredential
    from billing.metering.operations.reports import Answer

CONNECTIONS = 8
EVENTS = 5_000
MIXED, CORRECTIONS = 2_000, 200
BATCH = 500


@pytest.fixture
def platform(transactional_db: None) -> Iterator[ApiCredential]:
    open_shop()
    MeterFactory()
    TenantFactory(identifier="Cust12345")
    with pool_of(CONNECTIONS):
        yield platform_credential()


def test_every_accepted_event_is_counted_once(platform: ApiCredential) -> None:
    events = [event("Cust12345", id=f"hot-{number}", quantity=3) for number in range(EVENTS)]

    def send(seed: int) -> int:
        """All of them in an order of its own: each event is sent by every connection."""
        shuffled = random.Random(seed).sample(events, EVENTS)
        accepted = 0
        for start in range(0, EVENTS, BATCH):
            answer = report(*shuffled[start : start + BATCH], by=platform)
            assert answer.accepted + answer.duplicate == BATCH
            accepted += answer.accepted
        connection.close()
        return accepted

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        accepted = sum(pool.map(send, range(CONNECTIONS)))

    assert accepted == EVENTS == CountedEvent.objects.count()
    total = DailyTotal.objects.get()
    assert (total.events, total.quantity) == (EVENTS, 3 * EVENTS)
    assert sums.differing_days(Meter.objects.get().pk, Month(2026, 11)) == []
    assert sums.miscounted_months() == []


def test_corrections_among_the_events_void_each_once_in_any_order(platform: ApiCredential) -> None:
    """Each connection sends all of them shuffled, and once more what came before its event."""
    events = [event("Cust12345", id=f"hot-{number}", quantity=3) for number in range(MIXED)]
    corrections = [correction("Cust12345", each["id"]) for each in events[::10]]
    assert len(corrections) == CORRECTIONS

    def send(seed: int) -> tuple[int, int]:
        """How many were accepted, and how many refused at first."""
        batches = random.Random(seed).sample([*events, *corrections], MIXED + CORRECTIONS)
        accepted, early = _send(batches, platform)
        more, left = _send(early, platform)
        assert not left  # by now it has sent every event itself
        connection.close()
        return accepted + more, len(early)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sent = list(pool.map(send, range(CONNECTIONS)))

    assert sum(accepted for accepted, _early in sent) == MIXED + CORRECTIONS
    assert any(early for _accepted, early in sent)
    assert CountedEvent.objects.count() == MIXED + CORRECTIONS
    _assert_total_of([each for number, each in enumerate(events) if number % 10])


def test_a_correction_and_the_events_beside_it_wait_for_one_total(
    platform: ApiCredential,
) -> None:
    wrong = [event("Cust12345", quantity=7) for _each in range(200)]
    right = [event("Cust12345", quantity=3) for _each in range(200)]
    report(*wrong, by=platform)
    sent = [*(correction("Cust12345", each["id"]) for each in wrong)], right
    begin = threading.Barrier(CONNECTIONS)

    def send(sender: int) -> None:
        """Half of them take away what the other half adds to, ten at a time."""
        of_its_kind = sent[sender % 2]
        share = of_its_kind[sender // 2 :: CONNECTIONS // 2]
        begin.wait(timeout=30)
        for start in range(0, len(share), 10):
            assert report(*share[start : start + 10], by=platform).accepted == 10
        connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, range(CONNECTIONS)))

    _assert_total_of(right)


def test_an_event_that_is_sent_again_while_it_is_voided_is_a_duplicate(
    platform: ApiCredential,
) -> None:
    wrong, right = event("Cust12345", quantity=7), event("Cust12345", quantity=3)
    report(wrong, by=platform)

    def send() -> Answer:
        answer = report(right, wrong, by=platform)
        connection.close()
        return answer

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            report(correction("Cust12345", wrong["id"]), by=platform)
            sending = pool.submit(send)
            wait_until_somebody_waits()
        answer = sending.result(timeout=30)

    assert (answer.accepted, answer.duplicate) == (1, 1)
    _assert_total_of([right])


def _send(
    batches: list[dict[str, Any]], platform: ApiCredential
) -> tuple[int, list[dict[str, Any]]]:
    """How many were accepted, and which corrections came before their event."""
    accepted, early = 0, []
    for start in range(0, len(batches), BATCH):
        batch = batches[start : start + BATCH]
        answer = report(*batch, by=platform)
        assert {each.code for each in answer.rejections} <= {Code.UNKNOWN_EVENT}
        assert answer.accepted + answer.duplicate + len(answer.rejections) == len(batch)
        accepted += answer.accepted
        early += [batch[each.index] for each in answer.rejections]
    return accepted, early


def _assert_total_of(standing: list[dict[str, Any]]) -> None:
    """The one total there is says exactly these events, and all detail agrees with it."""
    tenant = Tenant.objects.get()
    digests = [
        digest_of(key_of(tenant.pk, each.source, each.id), each)
        for start in range(0, len(standing), BATCH)
        for each in read(body(standing[start : start + BATCH]))
        if isinstance(each, Event)
    ]
    total = DailyTotal.objects.get()
    assert (total.events, total.quantity, total.fingerprint) == (
        len(standing),
        sum(each["quantity"] for each in standing),
        sum(digests),
    )
    assert sums.differing_days(Meter.objects.get().pk, Month(2026, 11)) == []
    assert sums.miscounted_months() == []
    assert sums.impossible_totals() == []


def test_an_event_is_voided_by_one_correction_only(platform: ApiCredential) -> None:
    events = [event("Cust12345", id=f"wrong-{number}") for number in range(20)]
    report(*events, by=platform)

    def void(sender: int) -> int:
        shuffled = random.Random(sender).sample(events, len(events))
        answer = report(*(correction("Cust12345", each["id"]) for each in shuffled), by=platform)
        connection.close()
        return answer.accepted

    with ThreadPoolExecutor(4) as pool:
        voided = sum(pool.map(void, range(4)))

    assert voided == 20
    total = DailyTotal.objects.get()
    assert (total.events, total.quantity, total.fingerprint) == (0, 0, 0)
