"""What `make run` writes down for the other commands of its clone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from portal.local import addresses, run
from portal.local.kept import Kept
from portal.local.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

RUNNING = {
    "DATABASE_URL": "postgresql://postgres@127.0.0.1:7654/portal",
    "REDIS_URL": "redis://127.0.0.1:7655/0",
    "PORTAL_ADDRESS": "http://127.0.0.1:8920",
    "OPERATION_CENTER_URL": "",
    "OPERATION_CENTER_SECRET": "",
    "PLATFORM_SECRET": "",
}
PLATFORM = ("OPERATION_CENTER_URL", "OPERATION_CENTER_SECRET", "PLATFORM_SECRET")
OTHER_DATABASE = "postgresql://postgres@127.0.0.1:7654/restored"


@pytest.fixture(autouse=True)
def of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "KEPT", Kept(tmp_path / "services.json"))
    for name in RUNNING:
        monkeypatch.delenv(name, raising=False)


def test_letters_of_other_commands_lead_to_the_port_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "require_database", lambda _url: None)
    monkeypatch.setattr(run, "require_redis", lambda _url: None)
    with monkeypatch.context() as of_the_run:
        for name in addresses.SERVICES:
            of_the_run.setenv(name, RUNNING[name])
        of_the_run.setenv("PORTAL_ADDRESS", RUNNING["PORTAL_ADDRESS"])
        run._have_services(Supervisor())
        run._keep_addresses()

    assert addresses.known() == RUNNING


@pytest.mark.parametrize("database", ["", RUNNING["DATABASE_URL"], OTHER_DATABASE])
def test_other_commands_speak_to_the_platform_of_this_database(
    monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    with monkeypatch.context() as of_the_run:
        of_the_run.setattr(os, "environ", {**os.environ, "DATABASE_URL": RUNNING["DATABASE_URL"]})
        run._own_platform(RUNNING["PORTAL_ADDRESS"])
        run._keep_addresses()
        made = {name: os.environ[name] for name in PLATFORM}
    monkeypatch.setenv("DATABASE_URL", database)

    known = addresses.known()

    assert all(made.values())
    expected = dict.fromkeys(PLATFORM, "") if database == OTHER_DATABASE else made
    assert {name: known[name] for name in PLATFORM} == expected


def test_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses.keep(RUNNING)

    monkeypatch.setenv("PORTAL_ADDRESS", "http://localhost:8000")

    assert addresses.known() == {**RUNNING, "PORTAL_ADDRESS": "http://localhost:8000"}


def test_a_shell_is_told_the_services_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Another run of the same shell has another port."""
    addresses.keep(RUNNING)

    with pytest.raises(SystemExit):
        addresses.main()

    assert capsys.readouterr().out.splitlines() == [
        f"export {name}={RUNNING[name]}" for name in ("DATABASE_URL", "REDIS_URL")
    ]
