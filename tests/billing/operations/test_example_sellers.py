"""A server makes no invoice in the name of the company that comes along as an example."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing import tasks
from billing.models import BillingRun
from billing.operations import approvals, runs
from catalog.models import Seller
from customers import clock
from subscriptions.periods import Month
from tests.factories.billing import subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from pytest_django import Settings

STARTED = dt.datetime(2026, 10, 16, 12, 0, tzinfo=dt.UTC)
AT = dt.datetime(2026, 11, 4, 12, 0, tzinfo=dt.UTC)
NOVEMBER = Month(2026, 11)


@pytest.fixture
def seller(db: None, settings: Settings) -> Seller:
    """An example, with a customer whose month is due, as on a server."""
    open_shop()
    Seller.objects.update(example=True)
    subscriber(STARTED)
    settings.EXAMPLES_ARE_INVOICED = False
    found: Seller = Seller.objects.get(code="nl")
    return found


def test_no_run_is_opened_for_an_example(seller: Seller) -> None:
    with pytest.raises(runs.ExampleSeller, match="still the example"):
        runs.open_run(seller, NOVEMBER, at=AT)

    assert runs.run_due(at=AT) == []
    assert not BillingRun.objects.exists()


def test_the_schedule_goes_on_with_the_others(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr("billing.tasks.work_on_run.delay", rung.append)
    clock.move_to(dt.datetime(2030, 11, 4, 12, 0, tzinfo=dt.UTC))

    assert tasks.run_due_billing() == []
    assert rung == []


def test_a_run_that_waits_is_not_approved(seller: Seller) -> None:
    run = BillingRun.objects.create(seller=seller, month=NOVEMBER.first_day, started_at=AT)

    with pytest.raises(runs.ExampleSeller):
        approvals.approve(run, by=PersonFactory(staff=True), at=AT)

    run.refresh_from_db()
    assert run.approved_at is None


def test_a_seller_of_one_s_own_is_run(seller: Seller) -> None:
    seller.example = False
    seller.save()

    assert runs.next_run(seller, at=AT) is not None


def test_the_demo_invoices_all_the_same(seller: Seller, settings: Settings) -> None:
    settings.EXAMPLES_ARE_INVOICED = True

    assert runs.open_run(seller, NOVEMBER, at=AT).month == NOVEMBER.first_day
