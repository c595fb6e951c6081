"""What a comparison found different is kept for a while; the newest comparison always."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from subscriptions.provisioning import reconciliation, tasks
from subscriptions.provisioning.models import Difference, Reconciliation
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Tenant

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
KEPT = 90 * DAY


def compared(tenant: Tenant, at: dt.datetime) -> Difference:
    run = Reconciliation.objects.create(started_at=at, finished_at=at, tenants=1)
    return Difference.objects.create(
        reconciliation=run, tenant=tenant, kind=Difference.Kind.UNKNOWN_TENANT
    )


def test_it_goes_after_ninety_days_and_the_comparison_stays(tenant: Tenant) -> None:
    compared(tenant, NOON)
    young = [compared(tenant, NOON + DAY), compared(tenant, NOON + KEPT)]

    assert reconciliation.forget_old(at=NOON + KEPT) == 0
    assert reconciliation.forget_old(at=NOON + KEPT + DAY) == 1

    assert list(Difference.objects.order_by("pk")) == young
    assert Reconciliation.objects.count() == 3


def test_what_the_newest_found_stays_however_old(tenant: Tenant) -> None:
    long_ago = NOON - 1000 * DAY
    compared(tenant, long_ago)
    newest = compared(tenant, long_ago + DAY)

    assert tasks.forget_attempts() == 1

    assert list(Difference.objects.all()) == [newest]


def test_what_a_later_one_without_a_report_leaves_on_the_page_stays(tenant: Tenant) -> None:
    found = compared(tenant, NOON - 1000 * DAY)
    at = NOON - DAY
    Reconciliation.objects.create(started_at=at, finished_at=at, trouble="HTTP 502")

    assert reconciliation.forget_old(at=NOON) == 0

    assert list(Difference.objects.all()) == [found]
