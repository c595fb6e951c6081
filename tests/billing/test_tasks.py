"""Tasks are doorbells: here the messages are caught, and delivered by hand, even twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from billing import tasks
from billing.models import BillingRun, Invoice
from customers import clock
from tests.factories.billing import subscriber
from tests.portal.management.conftest import ORDERED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from catalog.models import Seller

type Message = tuple[str, tuple[Any, ...]]


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    sent: list[Message] = []

    def send(name: str) -> Callable[..., None]:
        return lambda *arguments: sent.append((name, arguments))

    for name in ("run_due_billing", "work_on_run"):
        monkeypatch.setattr(getattr(tasks, name), "delay", send(name))
    return sent


def at(days: int) -> dt.datetime:
    import datetime as dt

    return clock.now() + dt.timedelta(days=days)


def deliver_all(messages: list[Message]) -> int:
    count = 0
    while messages:
        name, arguments = messages.pop(0)
        getattr(tasks, name)(*arguments)
        count += 1
    return count


def test_a_tick_catches_up_month_by_month(seller: Seller, messages: list[Message]) -> None:
    clock.move_to(ORDERED)
    for _number in range(3):
        subscriber(ORDERED)
    clock.move_to(at(80))  # in February: December, January and February are due

    tasks.run_due_billing()
    delivered = deliver_all(messages)

    assert [run.month.month for run in BillingRun.objects.oldest_month_first()] == [12, 1, 2]
    assert BillingRun.objects.unfinished().count() == 0
    assert Invoice.objects.count() == 9
    assert delivered < 12  # messages do not multiply from month to month
    tasks.run_due_billing()
    assert messages == []


def test_what_a_dead_worker_left_is_taken_up(seller: Seller, messages: list[Message]) -> None:
    clock.move_to(ORDERED)
    subscriber(ORDERED)
    clock.move_to(at(10))
    (run_id,) = tasks.run_due_billing()
    messages.clear()  # the broker lost them

    tasks.run_due_billing()

    assert messages == [("work_on_run", (run_id,))] * tasks.WORKERS_PER_RUN
    deliver_all(messages)
    assert BillingRun.objects.get().finished_at is not None


def test_a_task_takes_a_limited_number_of_chunks(
    seller: Seller, messages: list[Message], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BILLING_CHUNK = 1
    monkeypatch.setattr(tasks, "CHUNKS_PER_TASK", 2)
    clock.move_to(ORDERED)
    for _number in range(3):
        subscriber(ORDERED)
    clock.move_to(at(10))
    (run_id,) = tasks.run_due_billing()
    messages.clear()

    assert tasks.work_on_run(run_id) == 2
    assert messages == [("work_on_run", (run_id,))]
    assert tasks.work_on_run(run_id) == 1
    assert Invoice.objects.count() == 3


def test_the_nightly_check_counts_breaches(seller: Seller) -> None:
    clock.move_to(ORDERED)
    subscriber(ORDERED)

    assert tasks.check_invariants() == 0
