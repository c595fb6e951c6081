"""Detail is kept per meter and month, made ahead, and dropped without touching a total."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.invariants import every
from billing.metering.models import CountedEvent, DailyTotal, DetailMonth, UsageEvent
from billing.metering.operations import partitions, policies
from billing.metering.queries import usage_of_every_month
from billing.metering.tasks import keep_partitions
from catalog.models import Meter
from subscriptions.periods import Month
from tests.factories.customers import PersonFactory
from tests.factories.metering import NOON, MeterFactory, correction, event, report

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from customers.models import Tenant

A_YEAR_LATER = dt.datetime(2027, 12, 5, 9, 0, tzinfo=dt.UTC)
NOVEMBER = Month(2026, 11)


@pytest.fixture
def kept_a_year(platform: ApiCredential) -> Meter:
    meter = Meter.objects.get()
    policies.decide(
        meter,
        accepts_late=True,
        max_age_days=62,
        detail_months=12,
        reason="A year is what the contract says",
        by=PersonFactory(staff=True),
        at=NOON,
    )
    return meter


def tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relid::text FROM pg_partition_tree('metering_usageevent')")
        return {name for (name,) in cursor.fetchall()} - {"metering_usageevent"}


def test_the_months_to_come_are_made_ahead(platform: ApiCredential) -> None:
    other = MeterFactory(code="api-records")
    meter = Meter.objects.get(code="api-calls")

    partitions.prepare_ahead(at=NOON)
    partitions.prepare_ahead(at=NOON)

    assert tables() == {
        f"metering_usageevent_m{each.pk}_{month}"
        for each in (meter, other)
        for month in ("2026_11", "2026_12")
    }


def test_a_month_is_made_when_an_event_needs_it(platform: ApiCredential, tenant: Tenant) -> None:
    report(event("Cust12345", time="2026-10-05T08:00:00Z"), by=platform)

    assert tables() == {f"metering_usageevent_m{Meter.objects.get().pk}_2026_10"}


def test_a_month_is_made_before_a_correction_beside_it_locks_anything(
    platform: ApiCredential, tenant: Tenant
) -> None:
    """Whoever drops another month has the turn, and waits for who has read detail."""
    wrong = event("Cust12345")
    report(wrong, by=platform)
    earlier = event("Cust12345", time="2026-10-05T08:00:00Z")

    with CaptureQueriesContext(connection) as asked:
        answer = report(correction("Cust12345", wrong["id"]), earlier, by=platform)

    statements = [each["sql"] for each in asked]
    [turn] = [n for n, each in enumerate(statements) if "pg_advisory_xact_lock" in each]
    locked = next(n for n, each in enumerate(statements) if "FOR UPDATE" in each)
    assert answer.accepted == 2
    assert turn < locked


def test_dropping_detail_changes_no_total(
    platform: ApiCredential, tenant: Tenant, kept_a_year: Meter
) -> None:
    first, wrong = event("Cust12345"), event("Cust12345", quantity=9)
    report(first, wrong, by=platform)
    report(correction("Cust12345", wrong["id"]), by=platform)
    before = usage_of_every_month([tenant.pk], since=NOVEMBER)

    dropped = partitions.drop_outlived(at=A_YEAR_LATER)

    assert [(each.month, each.events_dropped) for each in dropped] == [(NOVEMBER.first_day, 3)]
    assert tables() == set()
    assert UsageEvent.objects.count() == 0
    assert usage_of_every_month([tenant.pk], since=NOVEMBER) == before
    assert CountedEvent.objects.count() == 3  # for ever
    assert every.check_all(at=A_YEAR_LATER) == []
    assert partitions.drop_outlived(at=A_YEAR_LATER) == []


def test_what_was_dropped_is_neither_counted_again_nor_voided(
    platform: ApiCredential, tenant: Tenant, kept_a_year: Meter
) -> None:
    counted = event("Cust12345")
    report(counted, by=platform)
    partitions.drop_outlived(at=A_YEAR_LATER)
    before = DailyTotal.objects.values().get()

    answer = report(
        counted,
        counted | {"time": "2027-12-04T10:00:00Z"},
        correction("Cust12345", counted["id"]),
        by=platform,
        at=A_YEAR_LATER,
    )

    assert answer.duplicate == 1
    assert [each.code for each in answer.rejections] == ["conflict", "detail_dropped"]
    assert answer.accepted == 0
    assert DailyTotal.objects.values().get() == before


def test_a_month_that_does_not_add_up_is_kept(
    platform: ApiCredential, tenant: Tenant, kept_a_year: Meter
) -> None:
    report(event("Cust12345"), by=platform)
    DailyTotal.objects.update(quantity=6)

    with pytest.raises(partitions.DetailDoesNotAddUp):
        partitions.drop_outlived(at=A_YEAR_LATER)

    assert UsageEvent.objects.count() == 1
    assert DetailMonth.objects.get().dropped_at is None
    [breach] = every.check_all(at=A_YEAR_LATER)
    assert breach.what.endswith("events 5, total 6")


def test_a_month_that_does_not_add_up_keeps_no_other(
    platform: ApiCredential, tenant: Tenant, kept_a_year: Meter
) -> None:
    october = event("Cust12345", time="2026-10-05T08:00:00Z")
    report(october, event("Cust12345"), by=platform)
    DailyTotal.objects.filter(day__lt=NOVEMBER.first_day).update(quantity=6)

    with pytest.raises(partitions.DetailDoesNotAddUp, match=f"^{kept_a_year.pk} 2026-10$"):
        partitions.drop_outlived(at=A_YEAR_LATER)

    assert tables() == {f"metering_usageevent_m{kept_a_year.pk}_2026_10"}


def test_an_event_lost_or_counted_twice_is_noticed(platform: ApiCredential, tenant: Tenant) -> None:
    report(event("Cust12345"), event("Cust12345"), by=platform)
    CountedEvent.objects.filter(pk=UsageEvent.objects.order_by("key")[0].key).delete()

    [breach] = every.check_all(at=NOON)

    assert breach.what == f"meter {Meter.objects.get().pk}, 2026-11: 1 counted, 2 there"


def test_detail_may_not_go_before_the_last_late_event(
    platform: ApiCredential,
) -> None:
    meter = Meter.objects.get()

    with pytest.raises(policies.DetailWouldBeGone):
        policies.decide(
            meter,
            accepts_late=True,
            max_age_days=62,
            detail_months=3,
            reason="Less to keep",
            by=PersonFactory(staff=True),
            at=NOON,
        )

    assert partitions.drop_outlived(at=NOON) == []


def test_the_job_makes_and_drops(platform: ApiCredential) -> None:
    assert keep_partitions() == 0
    assert len(tables()) == 2
