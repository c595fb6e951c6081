"""Tasks are doorbells: documents are made for one turn, by one worker."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from billing.documents import tasks
from billing.documents.models import Rendering
from customers.turns import TAKE
from tests.factories.documents import issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    rung: list[object] = []
    monkeypatch.setattr(tasks, "go_on", rung.append)
    return rung


def test_a_turn_rings_for_the_next_until_none_is_due(
    rung: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "AT_A_TIME", 1)
    monkeypatch.setattr("customers.turns.TURN_SECONDS", 0)
    for name in ("Alfa", "Beta"):
        issued(name=name)

    assert [tasks.make_documents() for _turn in range(3)] == [1, 1, 0]

    assert len(rung) == 2
    assert Rendering.objects.ready().count() == 2


def test_one_worker_makes_them(rung: list[object]) -> None:
    issued()

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another_worker:
        another_worker.execute(TAKE, ["billing.documents 0"])
        assert tasks.make_documents() == 0

    assert not Rendering.objects.exists()
    assert rung == []
