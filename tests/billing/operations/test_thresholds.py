"""Customers hear at 50, 85 and 100 per cent of what is included, once a month each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from billing import thresholds
from billing.accounts import account_of
from billing.models import ReachedThreshold
from billing.operations import runs
from billing.operations.thresholds import tell_more, tell_reached
from customers.models import History, Organisation, OutgoingMail, Tenant, UserPlan
from customers.operations.tenants import change_user_plans
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import TenantFactory
from tests.factories.usage import CALLS, count, open_metered_services

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.models import Seller

MID_NOVEMBER = local("2026-11-16", "10:15")


@pytest.mark.parametrize(
    ("used", "included", "expected"),
    [
        pytest.param(0, 1000, (), id="nothing used"),
        pytest.param(499, 1000, (), id="just below half"),
        pytest.param(500, 1000, (50,), id="half"),
        pytest.param(849, 1000, (50,), id="below 85"),
        pytest.param(850, 1000, (50, 85), id="85"),
        pytest.param(1000, 1000, (50, 85, 100), id="all of it"),
        pytest.param(9000, 1000, (50, 85, 100), id="far more"),
        pytest.param(1, 3, (), id="a third"),
        pytest.param(2, 3, (50,), id="two thirds"),
        pytest.param(5, 0, (), id="nothing included"),
    ],
)
def test_shares_are_reached_to_the_unit(
    used: int, included: int, expected: tuple[int, ...]
) -> None:
    assert thresholds.reached(used, included) == expected


@pytest.fixture
def customer(seller: Seller) -> Organisation:
    """20 users: 2,000 calls a month are included for their tenant."""
    open_metered_services()
    customer, owner, tenant = customer_with_tenant()
    change_user_plans(tenant, {UserPlan.SALES_PREMIUM: 20}, by=owner, at=local("2026-10-01"))
    return customer


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return Tenant.objects.get(organisation=customer)


def percentages() -> list[int]:
    return list(ReachedThreshold.objects.order_by("percent").values_list("percent", flat=True))


def test_one_letter_about_the_highest_and_each_share_once(
    customer: Organisation, tenant: Tenant
) -> None:
    count(tenant, "2026-11-10", 1700)

    assert tell_reached(at=MID_NOVEMBER) == 2
    assert tell_reached(at=MID_NOVEMBER) == 0

    assert percentages() == [50, 85]
    letter = OutgoingMail.objects.get()
    assert letter.subject == "calls: 85% of what is included is used"
    assert "has used 1,700 of the 2,000 that are included in November 2026" in letter.body
    assert "Nothing is charged for it so far." in letter.body
    entry = History.objects.get(verb="usage.threshold_reached")
    assert (entry.organisation, entry.tenant) == (customer, tenant)
    assert (entry.details["percent"], entry.details["used"]) == (85, 1700)
    assert entry.details["meter"] == CALLS


def test_the_last_share_says_that_it_costs_from_now_on(
    customer: Organisation, tenant: Tenant
) -> None:
    count(tenant, "2026-11-10", 1000)
    tell_reached(at=MID_NOVEMBER)
    count(tenant, "2026-11-16", 1000)

    assert tell_reached(at=local("2026-11-17")) == 2

    assert percentages() == [50, 85, 100]
    letter = OutgoingMail.objects.latest("pk")
    assert "What comes on top is charged on the next invoice." in letter.body


@pytest.fixture
def unreadable(
    customer: Organisation, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception], None]:
    """Has used what is included, as somebody behind has; its account cannot be read."""
    other, owner, other_tenant = customer_with_tenant()
    change_user_plans(other_tenant, {UserPlan.SALES_PREMIUM: 20}, by=owner, at=local("2026-10-01"))
    assert other.pk > customer.pk
    count(tenant, "2026-11-10", 1000)
    count(other_tenant, "2026-11-10", 1000)

    def with_failure(failure: Exception) -> None:
        def sometimes(organisation: Organisation, **named: Any) -> object:
            if organisation == customer:
                raise failure
            return account_of(organisation, **named)

        monkeypatch.setattr("billing.operations.thresholds.account_of", sometimes)

    return with_failure


def test_what_is_wrong_with_one_customer_stops_nobody_behind(
    unreadable: Callable[[Exception], None], customer: Organisation
) -> None:
    unreadable(ValueError("no price"))

    assert tell_reached(at=MID_NOVEMBER) == 1

    assert not ReachedThreshold.objects.filter(organisation=customer).exists()


def test_a_worker_whose_time_is_over_goes_no_further(
    unreadable: Callable[[Exception], None],
) -> None:
    unreadable(SoftTimeLimitExceeded())

    with pytest.raises(SoftTimeLimitExceeded):
        tell_reached(at=MID_NOVEMBER)


def test_a_turn_goes_on_behind_the_customers_of_the_one_before(
    customer: Organisation, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.turns.TURN_SECONDS", 0)
    monkeypatch.setattr("billing.operations.thresholds.AT_A_TIME", 1)
    other, owner, other_tenant = customer_with_tenant()
    change_user_plans(other_tenant, {UserPlan.SALES_PREMIUM: 20}, by=owner, at=local("2026-10-01"))
    for each in (tenant, other_tenant):
        count(each, "2026-11-10", 1000)

    told = []
    for _turn in range(3):
        tell_more(at=MID_NOVEMBER)
        told.append(list(ReachedThreshold.objects.order_by("pk").values_list("organisation")))

    assert told == [[(customer.pk,)], [(customer.pk,), (other.pk,)], told[1]]


def test_a_new_month_begins_anew(customer: Organisation, tenant: Tenant) -> None:
    count(tenant, "2026-11-10", 1000)
    tell_reached(at=MID_NOVEMBER)

    assert tell_reached(at=local("2026-12-01", "10:15")) == 0
    count(tenant, "2026-12-01", 1000)
    assert tell_reached(at=local("2026-12-01", "11:15")) == 1


def test_what_was_used_on_the_last_day_is_told_when_it_comes(
    customer: Organisation, tenant: Tenant
) -> None:
    count(tenant, "2026-11-30", 1000)

    assert tell_reached(at=local("2026-12-01", "00:45")) == 1

    letter = OutgoingMail.objects.get()
    assert "has used 1,000 of the 2,000 that are included in November 2026" in letter.body
    assert "/usage/?month=2026-11\n" in letter.body
    assert ReachedThreshold.objects.get().month == dt.date(2026, 11, 1)


def test_it_is_told_after_the_run_that_charged_the_month(
    customer: Organisation, tenant: Tenant
) -> None:
    subscribed, subscription = subscriber(local("2026-10-03"))
    assert subscription.tenant
    change_user_plans(
        subscription.tenant,
        {UserPlan.SALES_PREMIUM: 20},
        by=subscription.ordered_by,
        at=local("2026-10-03"),
    )
    runs.run_due(at=local("2026-11-01", "00:05"))
    runs.run_due(at=local("2026-12-01", "00:05"))
    count(subscription.tenant, "2026-11-30", 2000, on="2026-12-01")

    assert tell_reached(at=local("2026-12-07", "10:15")) == 3
    assert tell_reached(at=local("2026-12-08", "10:15")) == 0
    assert set(ReachedThreshold.objects.values_list("organisation")) == {(subscribed.pk,)}


def test_a_month_that_is_long_over_is_not_told_any_more(
    customer: Organisation, tenant: Tenant
) -> None:
    count(tenant, "2026-11-30", 2000, on="2026-12-08")

    assert tell_reached(at=local("2026-12-08", "10:15")) == 0


def test_what_is_free_reaches_nothing(customer: Organisation, tenant: Tenant) -> None:
    sandbox = TenantFactory(organisation=customer, sandbox=True, source=tenant)
    count(sandbox, "2026-11-10", 1_000_000)

    assert tell_reached(at=MID_NOVEMBER) == 0
    assert not OutgoingMail.objects.exists()


def test_before_there_are_sellers_nobody_is_told(db: None) -> None:
    assert tell_reached(at=MID_NOVEMBER) == 0
    assert tell_more(at=MID_NOVEMBER) == 0
