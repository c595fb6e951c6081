from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from customers import clock, heartbeat

pytestmark = pytest.mark.django_db


def test_it_ends_well_while_somebody_works(capsys: pytest.CaptureFixture[str]) -> None:
    heartbeat.beat(at=clock.real_now())

    call_command("heartbeat")

    assert capsys.readouterr().out.startswith("A worker answered the scheduler last at ")


def test_it_fails_when_nobody_does() -> None:
    with pytest.raises(CommandError, match="No worker has answered the scheduler yet"):
        call_command("heartbeat")

    heartbeat.beat(at=clock.real_now() - dt.timedelta(hours=1))

    with pytest.raises(CommandError, match="answered the scheduler last at"):
        call_command("heartbeat")
