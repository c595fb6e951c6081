"""Detail is dropped while it is corrected: on two connections, one waits for the other."""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection, transaction

from billing.metering import sums
from billing.metering.models import DetailMonth
from billing.metering.operations import partitions
from catalog.models import Meter
from tests.factories.customers import TenantFactory
from tests.factories.metering import MeterFactory, correction, event, platform_credential, report
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.metering.models import ApiCredential

LATER = dt.datetime(2027, 12, 5, 9, 0, tzinfo=dt.UTC)  # than the year that detail is kept
COUNTED = event("Cust12345")


@pytest.fixture
def platform(transactional_db: None) -> ApiCredential:
    """It has reported one event of a month that is over for long."""
    open_shop()
    MeterFactory(detail_months=12)
    TenantFactory(identifier="Cust12345")
    platform = platform_credential()
    report(COUNTED, by=platform)
    return platform


def on_its_own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def wait_until_somebody_waits() -> None:
    """For a lock that is held here or in another thread."""
    for _attempt in range(200):
        with connection.cursor() as cursor:
            # Within a transaction it would be told again what it saw first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits for a lock")


def test_a_correction_at_work_is_counted_before_the_detail_is_dropped(
    platform: ApiCredential,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            answer = report(correction("Cust12345", COUNTED["id"]), by=platform, at=LATER)
            dropping = pool.submit(
                on_its_own_connection, lambda: partitions.drop_outlived(at=LATER)
            )
            wait_until_somebody_waits()
        dropped = dropping.result(timeout=30)

    assert answer.accepted == 1
    assert [each.events_dropped for each in dropped] == [2]
    assert sums.miscounted_months() == []


def test_a_correction_that_comes_while_detail_is_dropped_finds_it_gone(
    platform: ApiCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the events have been counted and are still there."""
    counted, go_on, count = threading.Event(), threading.Event(), partitions._count

    def count_and_wait(table: str) -> int:
        events = count(table)
        counted.set()
        go_on.wait(timeout=30)
        return events

    monkeypatch.setattr(partitions, "_count", count_and_wait)
    with ThreadPoolExecutor(2) as pool:
        dropping = pool.submit(on_its_own_connection, lambda: partitions.drop_outlived(at=LATER))
        assert counted.wait(timeout=30)
        correcting = pool.submit(
            on_its_own_connection,
            lambda: report(correction("Cust12345", COUNTED["id"]), by=platform, at=LATER),
        )
        wait_until_somebody_waits()
        go_on.set()
        dropping.result(timeout=30)
        answer = correcting.result(timeout=30)

    assert [each.code for each in answer.rejections] == ["detail_dropped"]
    assert [each.events_dropped for each in DetailMonth.objects.all()] == [1]
    assert sums.miscounted_months() == []


def test_two_workers_drop_a_month_once(platform: ApiCredential) -> None:
    with ThreadPoolExecutor(2) as pool:
        drops = [
            pool.submit(on_its_own_connection, lambda: partitions.drop_outlived(at=LATER))
            for _worker in range(2)
        ]
        dropped = [each for drop in drops for each in drop.result(timeout=30)]

    assert [each.meter_id for each in dropped] == [Meter.objects.get().pk]


def test_detail_that_a_dump_reads_stays_and_holds_up_no_event(
    platform: ApiCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited for the dump would have every event wait behind it."""
    monkeypatch.setattr(partitions, "TABLE_MILLISECONDS", 100)
    with psycopg.connect(**connection.get_connection_params()) as dump:
        dump.execute("SELECT FROM metering_usageevent LIMIT 1")
        with ThreadPoolExecutor(1) as pool:
            dropping = pool.submit(
                on_its_own_connection, lambda: partitions.drop_outlived(at=LATER)
            )
            try:
                assert dropping.result(timeout=30) == []
            finally:
                dump.rollback()
        assert DetailMonth.objects.get().dropped_at is None

    assert len(partitions.drop_outlived(at=LATER)) == 1


def test_detail_is_made_while_a_dump_reads(platform: ApiCredential) -> None:
    with psycopg.connect(**connection.get_connection_params()) as dump:
        dump.execute("SELECT FROM metering_usageevent LIMIT 1")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        partitions.prepare_ahead(at=LATER)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        dump.rollback()

    assert DetailMonth.objects.count() == 3
