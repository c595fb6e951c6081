"""Tasks are doorbells: documents are made for one turn, by so many workers that one is left."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection

from billing.documents import tasks
from billing.documents.models import Rendering
from customers import clock
from customers.turns import TAKE
from tests.factories.documents import issued

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(
        tasks.work_on_documents,
        "apply_async",
        lambda *_arguments, **options: rung.append(options),
    )
    return rung


def take_turn() -> int:
    """As a worker does when it gets the message."""
    expires = clock.real_now() + dt.timedelta(minutes=1)
    tasks.work_on_documents.push_request(expires=expires.isoformat())
    try:
        done: int = tasks.work_on_documents.run()
    finally:
        tasks.work_on_documents.pop_request()
    return done


@pytest.mark.parametrize(
    ("waiting", "may", "woken"),
    [(0, 3, 0), (1, 3, 1), (2, 3, 1), (3, 3, 2), (9, 3, 3), (9, 1, 1)],
)
def test_as_many_are_woken_as_there_is_work_for_and_no_more_than_may(
    waiting: int,
    may: int,
    woken: int,
    rung: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    monkeypatch.setattr(tasks, "AT_A_TIME", 2)
    settings.DOCUMENT_WORKERS = may
    for number in range(waiting):
        issued(name=f"Customer {number}")

    assert tasks.make_documents() == woken

    assert len(rung) == woken


def test_a_turn_rings_for_the_next_until_none_is_due(
    rung: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "AT_A_TIME", 1)
    monkeypatch.setattr("customers.turns.TURN_SECONDS", 0)
    for name in ("Alfa", "Beta"):
        issued(name=name)

    assert [take_turn() for _turn in range(3)] == [1, 1, 0]

    assert len(rung) == 2
    assert Rendering.objects.ready().count() == 2


def test_enough_workers_make_them_and_who_finds_that_is_free(
    rung: list[dict[str, Any]], settings: Settings
) -> None:
    settings.DOCUMENT_WORKERS = 2
    issued()

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other_workers:
        other_workers.execute(TAKE, ["billing.documents 0"])
        other_workers.execute(TAKE, ["billing.documents 1"])
        assert take_turn() == 0
        assert not Rendering.objects.exists()
        assert [options["countdown"] for options in rung] == [2]

        settings.DOCUMENT_WORKERS = 3
        assert take_turn() == 1
