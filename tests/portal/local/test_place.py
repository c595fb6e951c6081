from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portal.local import place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("asked", "port"),
    [pytest.param("", 8000, id="none"), pytest.param("8123", 8123, id="own")],
)
def test_the_port_is_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: str, port: int
) -> None:
    monkeypatch.setenv("PORT", asked)

    assert place.port_to_serve() == port


@pytest.mark.parametrize("asked", ["0", "65536", "-1", "http", "٣"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("PORT", asked)

    with pytest.raises(place.StartRefused, match=f"PORT={asked} is not a port"):
        place.port_to_serve()


def test_a_taken_port_is_refused_with_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "SECONDS_FOR_A_DYING_RUN", 0)
    with socket.socket() as other:
        other.bind((place.HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(place.StartRefused, match=f"make run PORT={port + 1}"):
            place.require_free_port(port)


def test_a_free_port_is_accepted() -> None:
    place.require_free_port(place.free_port())


def test_a_second_run_is_told_where_the_first_one_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(place, "LOCAL", tmp_path)
    with (
        place.claim("at an address"),
        pytest.raises(place.StartRefused, match=r"runs already \(at an address\)"),
    ):
        place.refuse_second_run()

    place.refuse_second_run()


def test_bootstrap_needs_the_standard_library_only() -> None:
    """It runs before anything is installed: -S leaves out every installed package."""
    imported = subprocess.run(
        [sys.executable, "-S", "-c", "import portal.local.bootstrap, portal.local.addresses"],
        cwd=place.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert imported.returncode == 0, imported.stderr


def test_a_service_gets_the_port_it_had_while_nobody_else_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "LOCAL", tmp_path)
    port = place.own_port("platform")
    assert place.own_port("platform") == port

    with socket.socket() as other:
        other.bind((place.HOST, port))
        other.listen()
        another = place.own_port("platform")

    assert another != port
    assert place.own_port("platform") == another


@pytest.mark.parametrize("kept", ["", "nonsense", "99999999"])
def test_what_is_kept_and_is_no_port_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    monkeypatch.setattr(place, "LOCAL", tmp_path)
    (tmp_path / "platform-port").write_text(kept)

    assert str(place.own_port("platform")) == (tmp_path / "platform-port").read_text().strip()
