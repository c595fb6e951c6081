"""Events in, totals out: counted once, corrected by event, refused one by one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from billing.metering import sums
from billing.metering.events import UnreadableBatch
from billing.metering.models import CountedEvent, DailyTotal, UsageEvent
from billing.metering.operations import reports
from billing.metering.queries import usage_of_every_month
from catalog.models import Meter, Seller
from subscriptions.periods import Month
from tests.factories.customers import TenantFactory
from tests.factories.metering import (
    NOON,
    MeterFactory,
    codes,
    correction,
    event,
    platform_credential,
    report,
)
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from billing.metering.queries import MonthUsage
    from customers.models import Tenant

NOVEMBER = Month(2026, 11)


def november(*tenants: Tenant) -> list[MonthUsage]:
    pks = [tenant.pk for tenant in tenants]
    rows = usage_of_every_month(pks, since=NOVEMBER, before=NOVEMBER.next)
    return [row for row in rows if row.events]


def test_events_become_totals_of_their_day(platform: ApiCredential, tenant: Tenant) -> None:
    answer = report(
        event("Cust12345", quantity=5, application="shop"),
        event("cust12345", quantity=7, application="shop"),
        event("Cust12345", quantity=11, application="shop", time="2026-11-17T10:00:00Z"),
        event("Cust12345", quantity=2, **{"class": "IncludedApps"}),
        by=platform,
    )

    assert answer == reports.Answer(accepted=4, duplicate=0, rejections=())
    days = DailyTotal.objects.order_by("day", "application").values_list(
        "day__day", "application", "usage_class", "quantity", "events"
    )
    assert list(days) == [
        (17, "shop", "MeteredApps", 11, 1),
        (18, "", "IncludedApps", 2, 1),
        (18, "shop", "MeteredApps", 12, 2),
    ]
    month = november(tenant)
    assert [(m.application, m.quantity, m.events) for m in month] == [("", 2, 1), ("shop", 23, 3)]
    assert UsageEvent.objects.count() == CountedEvent.objects.count() == 4


def test_a_day_begins_at_the_sellers_midnight(platform: ApiCredential, tenant: Tenant) -> None:
    report(event("Cust12345", time="2026-10-31T23:30:00Z", quantity=3), by=platform)

    [usage] = november(tenant)  # half past midnight in Amsterdam
    assert usage.quantity == 3


@pytest.mark.parametrize(
    ("changed", "duplicate", "rejected"),
    [
        pytest.param({}, 1, [], id="as it was"),
        pytest.param({"time": "2026-11-18T11:00:00+01:00"}, 1, [], id="same instant"),
        pytest.param({"time": "2026-10-18T10:00:00Z"}, 0, [(0, "conflict")], id="another month"),
        pytest.param({"quantity": 6}, 0, [(0, "conflict")], id="another quantity"),
    ],
)
def test_a_resend_is_not_counted_again(
    platform: ApiCredential,
    tenant: Tenant,
    changed: dict[str, Any],
    duplicate: int,
    rejected: list[tuple[int, str]],
) -> None:
    first = event("Cust12345")
    report(first, by=platform)
    before = november(tenant)

    answer = report(first | changed, by=platform)

    assert (answer.accepted, answer.duplicate, codes(answer)) == (0, duplicate, rejected)
    assert november(tenant) == before
    assert UsageEvent.objects.count() == 1


def test_the_same_id_of_another_source_or_tenant_is_another_event(
    platform: ApiCredential, tenant: Tenant
) -> None:
    TenantFactory(identifier="Cust777")
    first = event("Cust12345")

    answer = report(first, first | {"source": "b"}, first | {"tenant": "Cust777"}, by=platform)

    assert answer.accepted == 3


def test_within_a_batch_a_twin_counts_once(platform: ApiCredential, tenant: Tenant) -> None:
    first = event("Cust12345")

    answer = report(first, first, first | {"quantity": 6}, by=platform)

    assert (answer.accepted, answer.duplicate, codes(answer)) == (1, 1, [(2, "conflict")])
    assert november(tenant)[0].quantity == 5


@pytest.mark.parametrize(
    "text", ['"', "\\", "\\n", "a,b", "{}", "NULL", " ", "'", "%s $1", "é€\N{OK HAND SIGN}"]
)
def test_texts_are_kept_as_they_were_sent(
    platform: ApiCredential, tenant: Tenant, text: str
) -> None:
    texts = {"id": text, "source": text, "application": text, "reason": text}

    report(event("Cust12345", **texts), event("Cust12345", id="none"), by=platform)

    kept = UsageEvent.objects.values_list("event_id", "source", "application", "reason")
    assert set(kept) == {(text,) * 4, ("none", "gateway-1", "", "")}


# --- Corrections ---------------------------------------------------------------------------


def test_a_correction_takes_its_event_out_of_the_totals(
    platform: ApiCredential, tenant: Tenant
) -> None:
    stays, goes = event("Cust12345"), event("Cust12345", quantity=70)
    report(stays, by=platform)
    before = november(tenant)
    report(goes, by=platform)
    voided = correction("Cust12345", goes["id"])

    answer = report(voided, by=platform)

    assert (answer.accepted, answer.rejections) == (1, ())
    assert november(tenant) == before  # the fingerprint as well
    assert report(voided, by=platform).duplicate == 1
    assert report(goes, by=platform).duplicate == 1  # voided is counted, too
    assert november(tenant) == before
    assert sums.differing_days(Meter.objects.get().pk, NOVEMBER) == []
    assert sums.miscounted_months() == []


def test_a_batch_takes_away_and_adds(platform: ApiCredential, tenant: Tenant) -> None:
    goes = event("Cust12345", quantity=70)
    report(goes, by=platform)

    answer = report(
        event("Cust12345", quantity=3, application="shop"),
        correction("Cust12345", goes["id"]),
        event("Cust12345", quantity=4),
        by=platform,
    )

    assert (answer.accepted, answer.rejections) == (3, ())
    month = november(tenant)
    assert [(m.application, m.quantity, m.events) for m in month] == [("", 4, 1), ("shop", 3, 1)]
    assert sums.differing_days(Meter.objects.get().pk, NOVEMBER) == []


def test_voiding_all_leaves_nothing(platform: ApiCredential, tenant: Tenant) -> None:
    only = event("Cust12345")
    report(only, by=platform)

    report(correction("Cust12345", only["id"]), by=platform)

    assert november(tenant) == []
    total = DailyTotal.objects.get()
    assert (total.quantity, total.events, total.fingerprint) == (0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param({"voids": "nobody"}, "unknown_event", id="unknown"),
        pytest.param({"source": "other"}, "unknown_event", id="of another source"),
        pytest.param({"reason": " "}, "no_reason", id="without a reason"),
        pytest.param({"quantity": 5}, "not_only_a_correction", id="with a quantity"),
    ],
)
def test_a_correction_of_nothing_is_refused(
    platform: ApiCredential, tenant: Tenant, wrong: dict[str, Any], code: str
) -> None:
    counted = event("Cust12345")
    report(counted, by=platform)
    before = november(tenant)

    answer = report(correction("Cust12345", counted["id"]) | wrong, by=platform)

    assert (answer.accepted, codes(answer)) == (0, [(0, code)])
    assert november(tenant) == before


def test_a_correction_in_the_batch_of_its_event_is_refused(
    platform: ApiCredential, tenant: Tenant
) -> None:
    counted = event("Cust12345")

    answer = report(counted, correction("Cust12345", counted["id"]), by=platform)

    assert (answer.accepted, codes(answer)) == (1, [(1, "unknown_event")])
    assert "before this batch" in answer.rejections[0].reason


def test_nothing_is_voided_twice(platform: ApiCredential, tenant: Tenant) -> None:
    counted, other = event("Cust12345"), event("Cust12345")
    report(counted, other, by=platform)
    voided = correction("Cust12345", counted["id"])
    report(voided, by=platform)
    before = november(tenant)

    answer = report(
        correction("Cust12345", counted["id"]),
        correction("Cust12345", voided["id"]),
        correction("Cust12345", other["id"]),
        correction("Cust12345", other["id"]),
        by=platform,
    )

    assert answer.accepted == 1
    assert codes(answer) == [
        (0, "already_voided"),
        (1, "is_a_correction"),
        (3, "already_voided"),
    ]
    assert before != november(tenant) == []


# --- Refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param({"tenant": "Cust99"}, "unknown_tenant", id="tenant"),
        pytest.param({"tenant": "Cust\0"}, "unknown_tenant", id="tenant that none can be called"),
        pytest.param({"environment": "sod"}, "unknown_tenant", id="environment"),
        pytest.param({"meter": "coffee"}, "unknown_meter", id="meter"),
        pytest.param({"time": "2026-11-18T11:06:00Z"}, "in_the_future", id="future"),
        pytest.param({"time": "2026-09-17T10:59:59Z"}, "too_old", id="too old"),
        pytest.param({"time": "0001-01-01T00:00:00+14:00"}, "too_old", id="year one"),
        pytest.param({"quantity": 0}, "not_positive", id="zero"),
        pytest.param({"quantity": -5}, "not_positive", id="negative"),
        pytest.param({"quantity": 1_000_000_001}, "too_large", id="too large"),
        pytest.param({"meter": None}, "incomplete", id="incomplete"),
        pytest.param({"id": "a\0b"}, "not_printable", id="control character"),
        pytest.param({"time": "2026-11-18T10:00:00"}, "invalid", id="no offset"),
        pytest.param({"quantity": 1.5}, "invalid", id="not whole"),
        pytest.param({"class": "Others"}, "invalid", id="class"),
        pytest.param({"qty": 5}, "invalid", id="unknown field"),
        pytest.param({"id": "x" * 101}, "invalid", id="id too long"),
    ],
)
def test_one_wrong_event_is_refused_and_the_others_count(
    platform: ApiCredential, tenant: Tenant, wrong: dict[str, Any], code: str
) -> None:
    answer = report(event("Cust12345"), event("Cust12345") | wrong, event("Cust12345"), by=platform)

    assert (answer.accepted, codes(answer)) == (2, [(1, code)])
    assert answer.rejections[0].reason
    assert november(tenant)[0].quantity == 10


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[]", id="no batch"),
        pytest.param(b'{"events": []}', id="no event"),
        pytest.param(b'{"events": [' + b"{}," * 1000 + b"{}]}", id="too many"),
    ],
)
def test_what_is_no_batch_is_refused_whole(platform: ApiCredential, body: bytes) -> None:
    with pytest.raises(UnreadableBatch):
        reports.report(body, by=platform, first_days_open=dict, at=NOON)

    assert CountedEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("accepts_late", "accepted"),
    [pytest.param(True, 1, id="onto the next invoice"), pytest.param(False, 0, id="refused")],
)
def test_an_event_of_an_invoiced_month(
    platform: ApiCredential,
    tenant: Tenant,
    accepts_late: bool,
    accepted: int,
) -> None:
    Meter.objects.update(accepts_late=accepts_late)
    invoiced = {Seller.objects.get(code="nl").pk: dt.date(2026, 11, 1)}

    answer = report(
        event("Cust12345", time="2026-10-31T22:59:00Z"), by=platform, first_days_open=invoiced
    )

    assert answer.accepted == accepted
    assert codes(answer) == ([] if accepts_late else [(0, "month_invoiced")])


# --- Whatever the order --------------------------------------------------------------------


class WhateverTheOrder(TestCase):
    """Batches cut, shuffled and repeated at random give the same totals."""

    def setUp(self) -> None:
        open_shop()
        MeterFactory()
        self.platform = platform_credential()
        self.tenants = [TenantFactory(identifier=f"Cust{number}") for number in (101, 102)]
        self.events = [
            event(
                f"Cust{101 + number % 2}",
                id=f"e{number}",
                quantity=number + 1,
                application=("shop", "")[number % 3 == 0],
                time=f"2026-11-{1 + number % 5:02}T10:00:00Z",
            )
            for number in range(12)
        ]

    @settings(max_examples=25)
    @given(
        order=st.lists(st.integers(0, 11), min_size=1, max_size=40),
        size=st.integers(1, 15),
    )
    def test_totals_are_those_of_the_events(self, order: list[int], size: int) -> None:
        sent = [self.events[number] for number in (*order, *range(12))]

        answers = [
            report(*sent[start : start + size], by=self.platform)
            for start in range(0, len(sent), size)
        ]

        assert sum(answer.accepted for answer in answers) == 12
        assert sum(answer.duplicate for answer in answers) == len(order)
        shuffled = november(*self.tenants)
        assert sum(usage.quantity for usage in shuffled) == 78
        assert [usage.fingerprint for usage in shuffled] == self._fingerprints_in_one_go()

    def _fingerprints_in_one_go(self) -> list[str]:
        for model in (UsageEvent, CountedEvent, DailyTotal):
            model.objects.all().delete()
        report(*self.events, by=self.platform)
        return [usage.fingerprint for usage in november(*self.tenants)]
