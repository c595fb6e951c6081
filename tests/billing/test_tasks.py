"""Tasks are doorbells: here the messages are caught, and delivered by hand, even twice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection

from billing import tasks
from billing.models import BillingRun, Invoice
from customers import clock
from customers.turns import TAKE
from tests.factories.billing import subscriber
from tests.portal.management.conftest import ORDERED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Task

    from catalog.models import Seller

type Message = tuple[str, tuple[Any, ...]]


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    sent: list[Message] = []

    def send(name: str) -> Callable[..., None]:
        return lambda arguments=(), _named=None, **_options: sent.append((name, tuple(arguments)))

    for name in ("run_due_billing", "work_on_run", "work_on_preview"):
        monkeypatch.setattr(getattr(tasks, name), "apply_async", send(name))
    return sent


@pytest.fixture
def another_worker() -> Iterator[psycopg.Connection]:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        yield another_worker


def take_turn(task: Task, about: int, *, expires: dt.datetime) -> int:
    """As a worker does when it gets the message."""
    task.push_request(expires=expires.isoformat())
    try:
        done: int = task.run(about)
    finally:
        task.pop_request()
    return done


def at(days: int) -> dt.datetime:
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


def test_what_a_dead_worker_left_is_taken_up(
    seller: Seller, messages: list[Message], settings: Any
) -> None:
    clock.move_to(ORDERED)
    subscriber(ORDERED)
    clock.move_to(at(10))
    (run_id,) = tasks.run_due_billing()
    messages.clear()  # the broker lost them

    tasks.run_due_billing()

    assert messages == [("work_on_run", (run_id,))] * settings.WORKERS_PER_RUN
    deliver_all(messages)
    assert BillingRun.objects.get().finished_at is not None


@pytest.fixture
def run_of_three(
    seller: Seller, messages: list[Message], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> int:
    """One customer a chunk, one chunk a turn."""
    settings.BILLING_CHUNK = 1
    monkeypatch.setattr("customers.turns.TURN_SECONDS", 0)
    clock.move_to(ORDERED)
    for _number in range(3):
        subscriber(ORDERED)
    clock.move_to(at(10))
    (run_id,) = tasks.run_due_billing()
    messages.clear()
    return run_id


def test_a_turn_rings_for_the_next_until_the_run_is_finished(
    run_of_three: int, messages: list[Message]
) -> None:
    expires = clock.real_now() + dt.timedelta(minutes=1)
    messages.append(("work_on_run", (run_of_three,)))

    turns = []
    while messages.pop() == ("work_on_run", (run_of_three,)):
        turns.append(take_turn(tasks.work_on_run, run_of_three, expires=expires))

    assert turns == [1, 1, 1]
    assert BillingRun.objects.get().finished_at is not None


def test_a_turn_of_a_tick_that_is_over_rings_for_none(
    run_of_three: int, messages: list[Message]
) -> None:
    assert take_turn(tasks.work_on_run, run_of_three, expires=clock.real_now()) == 1
    assert messages == []


def test_a_run_has_two_workers_and_a_third_message_comes_back(
    run_of_three: int, messages: list[Message], another_worker: psycopg.Connection
) -> None:
    expires = clock.real_now() + dt.timedelta(minutes=1)
    another_worker.execute(TAKE, [f"billing.run {run_of_three} 0"])
    assert take_turn(tasks.work_on_run, run_of_three, expires=expires) == 1
    another_worker.execute(TAKE, [f"billing.run {run_of_three} 1"])
    messages.clear()

    assert take_turn(tasks.work_on_run, run_of_three, expires=expires) == 0

    assert messages == [("work_on_run", (run_of_three,))]
    assert Invoice.objects.count() == 1


def test_a_preview_has_one_worker(
    seller: Seller, messages: list[Message], another_worker: psycopg.Connection
) -> None:
    expires = clock.real_now() + dt.timedelta(minutes=1)
    another_worker.execute(TAKE, ["billing.preview 1 0"])

    assert take_turn(tasks.work_on_preview, 1, expires=expires) == 0
    assert messages == [("work_on_preview", (1,))]
