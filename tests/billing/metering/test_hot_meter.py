"""Eight connections report about one meter at once, with resends and in any order."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from billing.metering import sums
from billing.metering.models import CountedEvent, DailyTotal
from catalog.models import Meter
from subscriptions.periods import Month
from tests.factories.customers import TenantFactory
from tests.factories.metering import MeterFactory, correction, event, platform_credential, report
from tests.factories.shop import open_shop
from tests.pools import pool_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from billing.metering.models import ApiCredential

CONNECTIONS = 8
EVENTS = 5_000
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
