"""Several workers on one run, on real connections: the same invoices as from one."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from billing.invariants import every
from billing.models import BillingRun, Invoice, RunItem
from billing.operations import outcomes, runs
from catalog.models import Seller
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.billing.test_numbering import at_once
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop

DECEMBER = Month(2026, 12)
ORDERED = local("2026-11-23")
AT = local("2026-12-01", "00:05")

pytestmark = pytest.mark.django_db(transaction=True)


def everything_is_there(customers: int) -> None:
    numbers = Invoice.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(numbers) == list(range(1, customers + 1))
    assert RunItem.objects.filter(outcome="invoiced").count() == customers
    assert every.check_all(at=AT) == []


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_share_a_run(workers: int) -> None:
    open_shop()
    for _number in range(12):
        subscriber(ORDERED)
    run = runs.open_run(Seller.objects.get(code="nl"), DECEMBER, at=AT)

    def worker() -> None:
        runs.complete(BillingRun.objects.get(pk=run.pk), at=AT, limit=2)

    at_once(*[worker] * workers)

    assert runs.finish(run, at=AT) or run.finished_at
    everything_is_there(12)


def test_towards_the_end_half_of_what_nobody_has_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What another worker is at waits as well, but is not there to be shared."""
    monkeypatch.setattr(outcomes, "SMALL", 1)
    open_shop()
    for _number in range(8):
        subscriber(ORDERED)
    run = runs.open_run(Seller.objects.get(code="nl"), DECEMBER, at=AT)
    taken = []

    def worker() -> None:
        with transaction.atomic():
            taken.append(len(outcomes.claim(run, 8)))

    with transaction.atomic():
        first = len(outcomes.claim(run, 8))
        at_once(worker)

    assert [first, *taken] == [4, 2]


def test_two_schedulers_open_it_once() -> None:
    open_shop()
    for _number in range(4):
        subscriber(ORDERED)

    at_once(lambda: runs.run_due(at=AT), lambda: runs.run_due(at=AT))
    runs.run_due(at=AT)

    assert BillingRun.objects.get().finished_at == AT
    everything_is_there(4)


def test_a_worker_that_dies_has_done_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its chunk is undone with its transaction; the next worker does it again."""
    open_shop()
    for _number in range(4):
        subscriber(ORDERED)
    run = runs.open_run(Seller.objects.get(code="nl"), DECEMBER, at=AT)
    runs.work(run, at=AT, limit=2)
    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "close_earlier", _die)
        with pytest.raises(SystemExit):
            runs.work(run, at=AT, limit=2)

    assert Invoice.objects.count() == 2
    assert RunItem.objects.pending().count() == 2
    runs.complete(run, at=AT)
    everything_is_there(4)


def _die(*_args: object, **_options: object) -> None:
    raise SystemExit


def test_customers_go_on_while_the_run_waits_for_them() -> None:
    """Orders and the run lock organisations in the same order: both come through."""
    open_shop()
    people = [customer_with_tenant() for _number in range(6)]
    staff = PersonFactory(staff=True)
    for organisation, owner, tenant in people:
        orders.subscribe(
            organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=ORDERED
        )
    run = runs.open_run(Seller.objects.get(code="nl"), DECEMBER, by=staff, at=AT)
    done = threading.Event()

    def order_more() -> None:
        for organisation, owner, _tenant in people:
            orders.subscribe(organisation, product_code="scim", by=owner, at=AT)
        done.set()

    at_once(order_more, lambda: runs.complete(run, at=AT, limit=3))

    assert done.is_set()
    everything_is_there(6)
