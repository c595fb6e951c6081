"""After a restored backup a person says yes before anybody is invoiced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing.causes import RESTORED, VIES_LETS_THROUGH
from billing.drafts import HoldCause
from billing.invariants import every
from billing.models import BillingPolicy, BillingRun, Invoice, RunItem
from billing.operations import approvals, restored, runs
from billing.policies import policy_of
from customers.models import Duty
from subscriptions.periods import Month
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.policies import let_credits_go

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Person

DECEMBER = Month(2026, 12)
ORDERED = local("2026-11-23", "14:00")
RESTORED_AT = local("2026-12-02", "09:00")
LATER = local("2026-12-02", "11:00")
REASON = "Restored from the dump of 1 December"


@pytest.fixture
def operator(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.OPERATIONS])


def test_a_month_that_was_issued_after_the_backup_is_not_issued_anew_unasked(
    seller: Seller, operator: Person
) -> None:
    subscriber(ORDERED)

    stopped = restored.have_runs_wait(reason=REASON, by=operator, at=RESTORED_AT)
    done = runs.run_due(at=RESTORED_AT)

    assert ([each.code for each in stopped.sellers], stopped.held) == (["nl", "no"], 0)
    assert done == []
    assert not Invoice.objects.exists()
    policy = policy_of(seller)
    assert (policy.needs_approval, policy.reason, policy.set_by) == (True, REASON, operator)
    run = BillingRun.objects.get()
    assert (run.month, run.approved_at) == (DECEMBER.first_day, None)

    approvals.approve(run, by=operator, at=LATER)
    runs.run_due(at=LATER)
    assert Invoice.objects.count() == 1


def test_the_bounds_of_a_seller_stay_and_who_waits_already_is_told_nothing_twice(
    seller: Seller, operator: Person
) -> None:
    let_credits_go(at=ORDERED)
    before = policy_of(seller).bounds

    restored.have_runs_wait(reason=REASON, by=operator, at=RESTORED_AT)
    again = restored.have_runs_wait(reason="Once more", by=operator, at=LATER)

    assert policy_of(seller).bounds == before
    assert again == ([], 0)
    assert BillingPolicy.objects.of_seller(seller).count() == 2


def test_who_waits_in_a_run_that_was_under_way_is_held_until_somebody_tries_again(
    seller: Seller, operator: Person
) -> None:
    for name in ("Alfa", "Beta"):
        subscriber(ORDERED, name=name)
    run = runs.open_run(seller, DECEMBER, at=RESTORED_AT)
    runs.work(run, at=RESTORED_AT, limit=1)

    stopped = restored.have_runs_wait(reason=REASON, by=operator, at=RESTORED_AT)
    runs.run_due(at=RESTORED_AT)

    assert stopped.held == 1
    assert Invoice.objects.count() == 1
    held = RunItem.objects.get(outcome="held")
    assert (held.cause, held.done_at) == (RESTORED, RESTORED_AT)
    run.refresh_from_db()
    assert run.finished_at == RESTORED_AT
    assert every.check_all(at=RESTORED_AT) == []

    runs.retry(run, by=operator, at=LATER, cause=RESTORED)
    runs.run_due(at=LATER)
    assert Invoice.objects.count() == 2


def test_an_answer_of_vies_lets_nobody_through_either(seller: Seller, operator: Person) -> None:
    subscriber(ORDERED, name="Alfa", country="german", vat_number="")
    [run] = runs.run_due(at=local("2026-12-01", "00:05"))
    item = run.items.get()
    assert item.cause == HoldCause.VAT_NUMBER_MISSING
    assert item.cause in VIES_LETS_THROUGH

    stopped = restored.have_runs_wait(reason=REASON, by=operator, at=RESTORED_AT)

    assert stopped.held == 1
    item.refresh_from_db()
    assert (item.outcome, item.cause) == ("held", RESTORED)


def test_what_waits_for_approval_goes_on_waiting(seller: Seller, operator: Person) -> None:
    subscriber(ORDERED)
    restored.have_runs_wait(reason=REASON, by=operator, at=ORDERED)
    run = runs.open_run(seller, DECEMBER, at=RESTORED_AT)

    assert restored.have_runs_wait(reason=REASON, by=operator, at=LATER) == ([], 0)

    assert [item.outcome for item in run.items.all()] == ["pending"]
