"""What of the way to the platform waits for a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from subscriptions.provisioning import staff_queries
from subscriptions.provisioning.models import Difference, Fact, Feed, Reconciliation
from tests.factories.customers import TenantFactory

if TYPE_CHECKING:
    from customers.models import Tenant

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 12, 1, 3, 5, tzinfo=dt.UTC)


def feed(failures: int, trouble: str) -> Feed:
    found: Feed
    found, _is_new = Feed.objects.update_or_create(
        tenant=TenantFactory(),
        defaults={
            "failures": failures,
            "failing_since": AT,
            "retry_at": AT,
            "trouble": trouble,
        },
    )
    return found


def compared(day: int, **fields: Any) -> Reconciliation:
    at = AT + dt.timedelta(days=day)
    return Reconciliation.objects.create(**{"started_at": at, "finished_at": at, **fields})


def different(run: Reconciliation, tenant: Tenant | None, **fields: Any) -> Difference:
    found: Difference = Difference.objects.create(
        reconciliation=run, tenant=tenant, **{"kind": "state", **fields}
    )
    return found


def news() -> list[str]:
    return list(staff_queries.differences_to_look_at().values_list("news", flat=True))  # type: ignore[misc]


def test_a_feed_that_fails_for_minutes_waits_for_nobody() -> None:
    feed(3, "refused")
    keeps_failing = feed(4, "refused")

    assert list(staff_queries.feeds_that_keep_failing()) == [keeps_failing]


def test_that_the_platform_is_silent_is_one_piece_of_news() -> None:
    refused = feed(5, "refused")
    feed(5, "silent")
    feed(5, "silent")

    told = staff_queries.feeds_that_keep_failing().values_list("news", flat=True)  # type: ignore[misc]

    assert sorted(told) == sorted([str(refused.pk), "silent", "silent"])


def test_what_was_repaired_waits_for_nobody() -> None:
    tenant = TenantFactory()
    fact = Fact.objects.filter(tenant=tenant).first() or Fact.objects.create(
        tenant=tenant, sequence=1, type="licence.granted", subject="licence:scim", at=AT
    )
    run = compared(0, tenants=1)
    different(run, tenant, kind="missing", subject="licence:scim", repaired_by=fact)
    waits = different(run, tenant)

    assert list(staff_queries.differences_to_look_at()) == [waits]


def test_what_is_found_every_night_is_no_news() -> None:
    tenant = TenantFactory()
    reported = {"environment": "production", "identifier": "CUST9", "holds": ["licence:scim"]}
    for day in (0, 1):
        run = compared(day, tenants=1)
        different(run, tenant)
        different(run, None, kind="stranger", reported=reported)

    assert news() == [f"state  {tenant.pk}", "stranger  production CUST9"]
    assert {each.reconciliation_id for each in staff_queries.differences_to_look_at()} == {run.pk}


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"finished_at": None}, id="goes on"),
        pytest.param({"trouble": "HTTP 502"}, id="no report"),
    ],
)
def test_a_comparison_without_a_result_hides_nothing(later: dict[str, Any]) -> None:
    tenant = TenantFactory()
    before = compared(0, tenants=1)
    waits = different(before, tenant)
    without_result = compared(1, **later)

    assert list(staff_queries.differences_to_look_at()) == [waits]
    overview = staff_queries.overview()
    assert list(overview.differences) == [waits]
    assert (overview.compared, overview.without_result) == (before, without_result)


def test_both_sides_agree_again() -> None:
    different(compared(0, tenants=1), TenantFactory())
    newest = compared(1, tenants=1)

    assert list(staff_queries.differences_to_look_at()) == []
    overview = staff_queries.overview()
    assert (overview.compared, overview.without_result) == (newest, None)
