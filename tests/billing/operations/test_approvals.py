from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.bounds import Bounds
from billing.invariants import every
from billing.models import BillingPolicy, BillingRun, Invoice
from billing.operations import approvals, policies, runs
from billing.policies import policy_of
from billing.queries import first_days_open
from customers.models import Duty
from subscriptions.periods import Month
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Person

DECEMBER = Month(2026, 12)
ORDERED = local("2026-11-23", "14:00")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
LATER = local("2026-12-01", "09:00")


@pytest.fixture
def staff(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


def set_policy(seller: Seller, staff: Person, *, needs_approval: bool) -> BillingPolicy:
    return policies.set_policy(
        seller,
        needs_approval=needs_approval,
        bounds=Bounds(floor=Decimal(1000), most_at_first=Decimal(25000)),
        reason="First months under supervision",
        by=staff,
        at=ORDERED,
    )


@pytest.fixture
def with_one_held(seller: Seller) -> BillingRun:
    subscriber(ORDERED, name="Alfa")
    subscriber(ORDERED, name="Beta", country="german", vat_number="")
    return runs.run_due(at=FIRST_OF_DECEMBER)[0]


def test_a_run_goes_by_itself_unless_the_policy_says_otherwise(
    seller: Seller, staff: Person
) -> None:
    before = policy_of(seller)
    set_policy(seller, staff, needs_approval=True)
    after = policy_of(seller)

    assert (before.needs_approval, before.floor, before.times_last_month, before.most_lines) == (
        False,
        Decimal(1000),
        5,
        500,
    )
    assert (after.needs_approval, after.set_by) == (True, staff)


def test_nothing_is_worked_on_before_approval(seller: Seller, staff: Person) -> None:
    subscriber(ORDERED)
    set_policy(seller, staff, needs_approval=True)

    done = runs.run_due(at=FIRST_OF_DECEMBER)
    run = BillingRun.objects.get()
    runs.complete(run, at=FIRST_OF_DECEMBER)

    assert done == []
    run.refresh_from_db()
    assert (run.approved_at, run.finished_at) == (None, None)
    assert [item.outcome for item in run.items.all()] == ["pending"]
    assert not Invoice.objects.exists()


def test_a_month_counts_as_invoiced_once_its_run_is_approved(seller: Seller, staff: Person) -> None:
    subscriber(local("2026-10-23"))
    runs.run_due(at=local("2026-11-01", "00:05"))
    set_policy(seller, staff, needs_approval=True)
    run = runs.open_run(seller, DECEMBER, at=FIRST_OF_DECEMBER)

    waiting = first_days_open()
    approvals.approve(run, by=staff, at=LATER)

    assert waiting == {seller.pk: dt.date(2026, 11, 1)}
    assert first_days_open() == {seller.pk: dt.date(2026, 12, 1)}


def test_approved_it_goes(seller: Seller, staff: Person) -> None:
    subscriber(ORDERED)
    set_policy(seller, staff, needs_approval=True)
    runs.run_due(at=FIRST_OF_DECEMBER)

    approved = approvals.approve(BillingRun.objects.get(), by=staff, at=LATER)
    (run,) = runs.run_due(at=LATER)

    assert run == approved
    assert (run.approved_by, run.approved_at, run.finished_at) == (staff, LATER, LATER)
    assert Invoice.objects.count() == 1
    with pytest.raises(approvals.AlreadyApproved):
        approvals.approve(run, by=staff, at=LATER)
    assert every.check_all(at=LATER) == []


def test_a_run_is_closed_when_all_is_explained(with_one_held: BillingRun, staff: Person) -> None:
    run = with_one_held

    with pytest.raises(approvals.NotExplained):
        approvals.close(run, by=staff, at=LATER)
    run.refresh_from_db()
    assert run.closed_at is None

    explained = approvals.explain(
        run, "Waits for the VAT number", by=staff, at=LATER, cause="vat_number_missing"
    )
    closed = approvals.close(run, by=staff, at=LATER)

    assert explained == 1
    assert (closed.closed_by, closed.closed_at) == (staff, LATER)
    assert every.check_all(at=LATER) == []


def test_after_closing_nothing_is_tried_again(with_one_held: BillingRun, staff: Person) -> None:
    item = with_one_held.items.get(outcome="held")
    approvals.explain(item, "Waits", by=staff, at=LATER)
    approvals.close(with_one_held, by=staff, at=LATER)

    for refused in (with_one_held, item):
        with pytest.raises(runs.RunClosed):
            runs.retry(refused, by=staff, at=LATER)
    with pytest.raises(runs.RunClosed):
        approvals.explain(item, "Otherwise", by=staff, at=LATER)
    with pytest.raises(runs.RunClosed):
        approvals.close(with_one_held, by=staff, at=LATER)

    item.refresh_from_db()
    assert (item.outcome, item.explanation) == ("held", "Waits")


def test_a_run_under_way_is_not_closed(seller: Seller, staff: Person) -> None:
    subscriber(ORDERED)
    run = runs.open_run(seller, DECEMBER, at=FIRST_OF_DECEMBER)

    with pytest.raises(approvals.StillUnderWay):
        approvals.close(run, by=staff, at=LATER)

    run.refresh_from_db()
    assert run.closed_at is None


def test_trying_again_takes_the_explanation_away(with_one_held: BillingRun, staff: Person) -> None:
    item = with_one_held.items.get(outcome="held")
    approvals.explain(item, "Waits", by=staff, at=LATER)

    tried = runs.retry(with_one_held, by=staff, at=LATER, cause="vat_number_missing")

    assert tried == 1
    item.refresh_from_db()
    assert (item.outcome, item.explanation, item.explained_by) == ("pending", "", None)
    with pytest.raises(runs.NothingToRetry):
        runs.retry(with_one_held, by=staff, at=LATER, cause="address_missing")


def test_what_went_well_needs_no_explanation(with_one_held: BillingRun, staff: Person) -> None:
    item = with_one_held.items.get(outcome="invoiced")

    with pytest.raises(approvals.NothingToExplain):
        approvals.explain(item, "Why not", by=staff, at=LATER)

    item.refresh_from_db()
    assert item.explanation == ""
