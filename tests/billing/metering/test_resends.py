"""What was counted is a duplicate whenever it is sent again, though it came too late today."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.metering import known
from billing.metering.models import CountedEvent, DailyTotal, RefusedUsage
from billing.metering.operations import credentials, partitions
from catalog.models import Meter, Seller
from tests.factories.customers import LONG_AGO, PersonFactory
from tests.factories.metering import NOON, codes, correction, event, report
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from customers.models import Tenant

IN_SEPTEMBER = "2026-09-20T10:00:00Z"
IN_OCTOBER = "2026-10-05T08:00:00Z"
LATER = dt.datetime(2027, 2, 1, tzinfo=dt.UTC)  # more than 62 days after all of them
YEARS_LATER = dt.datetime(2029, 2, 1, tzinfo=dt.UTC)  # more than the 25 months of detail


@pytest.fixture
def refuses_late(platform: ApiCredential) -> None:
    Meter.objects.update(accepts_late=False)


def invoiced() -> dict[int, dt.date]:
    """October is, and what came before it."""
    return {Seller.objects.get(code="nl").pk: dt.date(2026, 11, 1)}


def totals() -> list[Any]:
    return list(DailyTotal.objects.order_by("pk").values())


@pytest.mark.usefixtures("refuses_late")
def test_once_its_month_is_invoiced_a_resend_is_told_from_what_is_new(
    platform: ApiCredential, tenant: Tenant
) -> None:
    first, fresh = (event("Cust12345", time=IN_OCTOBER) for _each in range(2))
    report(first, by=platform)
    before = totals()

    answer = report(
        fresh, first, first | {"quantity": 6}, first, by=platform, first_days_open=invoiced()
    )

    assert (answer.accepted, answer.duplicate) == (0, 2)
    assert codes(answer) == [(0, "month_invoiced"), (2, "conflict")]
    assert totals() == before


def test_so_it_is_when_it_is_older_than_the_meter_accepts(
    platform: ApiCredential, tenant: Tenant
) -> None:
    first, fresh = event("Cust12345"), event("Cust12345")
    report(first, by=platform)
    before = totals()

    answer = report(
        first,
        fresh,
        first | {"time": IN_SEPTEMBER},
        event("Cust12345", time="2027-01-31T10:00:00Z"),
        event("Cust12345", time="0001-01-01T00:00:00+14:00"),
        by=platform,
        at=LATER,
    )

    assert (answer.accepted, answer.duplicate) == (1, 1)
    assert codes(answer) == [(1, "too_old"), (2, "conflict"), (4, "too_old")]
    assert totals()[: len(before)] == before


def test_so_it_is_when_its_detail_was_dropped_corrections_included(
    platform: ApiCredential, tenant: Tenant
) -> None:
    stays, goes = event("Cust12345"), event("Cust12345")
    voided = correction("Cust12345", goes["id"])
    report(stays, goes, by=platform)
    report(voided, by=platform)
    assert partitions.drop_outlived(at=YEARS_LATER)

    answer = report(
        stays,
        goes,
        voided,
        event("Cust12345"),
        correction("Cust12345", stays["id"]),
        voided | {"reason": "Another one"},
        by=platform,
        at=YEARS_LATER,
    )

    assert (answer.accepted, answer.duplicate) == (0, 3)
    assert codes(answer) == [(3, "too_old"), (4, "detail_dropped"), (5, "conflict")]
    assert CountedEvent.objects.count() == 3


def test_within_a_batch_what_was_just_counted_is_known(
    platform: ApiCredential, tenant: Tenant
) -> None:
    first = event("Cust12345")

    answer = report(first, first | {"time": "2026-01-05T08:00:00Z"}, by=platform)

    assert (answer.accepted, answer.duplicate, codes(answer)) == (1, 0, [(1, "conflict")])


def test_a_resend_is_not_told_the_developers_as_an_error(
    platform: ApiCredential, tenant: Tenant
) -> None:
    application = AuthorisationFactory(
        application__standard=True, active=True, tenant=tenant
    ).application
    own = credentials.issue_for_application(
        application, name="Shop", reference="shop-1", by=PersonFactory(staff=True), at=LONG_AGO
    ).credential
    first, fresh = (event("Cust12345", source="shop-1/a") for _each in range(2))
    report(first, by=own)

    assert report(first, by=own, at=LATER).duplicate == 1
    assert not RefusedUsage.objects.exists()

    report(first, fresh, by=own, at=LATER)
    assert RefusedUsage.objects.values_list("code", "events").get() == ("too_old", 1)


def test_it_is_asked_once_for_all_that_is_refused_and_never_without(
    platform: ApiCredential, tenant: Tenant, settings: Any
) -> None:
    settings.METERING_MEMORY_SECONDS = 60
    known.forget()
    report(event("Cust12345"), by=platform)
    sent = [event("Cust12345") for _each in range(3)]
    report(event("Cust12345"), by=platform)  # reads what is known of meters and tenants

    def asked(at: dt.datetime) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            report(*sent, by=platform, at=at)
        return [each["sql"] for each in captured if "countedevent" in each["sql"]]

    assert asked(NOON) == []
    assert len(asked(LATER)) == 1
