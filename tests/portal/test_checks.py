from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connections

from portal import checks

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.mark.parametrize(
    ("age", "options", "refused"),
    [
        pytest.param(0, {}, ["portal.E001"], id="neither"),
        pytest.param(0, {"pool": {"min_size": 1}}, [], id="pool"),
        pytest.param(60, {}, [], id="persistent"),
        pytest.param(None, {}, [], id="for-ever"),
    ],
)
def test_a_connection_for_every_request_is_refused(
    monkeypatch: pytest.MonkeyPatch, age: int | None, options: dict[str, object], refused: list[str]
) -> None:
    engine = "django.db.backends.postgresql"
    database = {"ENGINE": engine, "CONN_MAX_AGE": age, "OPTIONS": options}
    monkeypatch.setattr(connections, "settings", {"default": database})

    assert [complaint.id for complaint in checks.connections_are_kept()] == refused


@pytest.mark.parametrize(
    ("can_move", "refused"), [(True, ["portal.E002"]), (False, [])], ids=["movable", "real"]
)
def test_a_server_with_a_movable_clock_is_refused(
    settings: Settings, can_move: bool, refused: list[str]
) -> None:
    settings.CLOCK_CAN_MOVE = can_move

    assert [complaint.id for complaint in checks.the_clock_is_the_real_one()] == refused
