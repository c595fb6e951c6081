"""What `make run` writes down for the other commands of its clone."""

from __future__ import annotations

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
}


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
        for name, address in RUNNING.items():
            of_the_run.setenv(name, address)
        run._have_services(Supervisor())

    assert addresses.known() == RUNNING


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
