"""A developer's settings, which `manage.py` takes by itself, stay away from a server's database."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from portal.local.place import ROOT
from portal.settings.addresses import is_on_this_machine


@pytest.mark.parametrize(
    ("url", "here"),
    [
        pytest.param("postgresql://postgres@127.0.0.1:5432/portal", True, id="loopback"),
        pytest.param("postgresql://postgres@localhost/portal", True, id="by-name"),
        pytest.param("postgresql://postgres@[::1]/portal", True, id="version-6"),
        pytest.param("postgresql:///portal?host=/run/postgresql", True, id="socket"),
        pytest.param("postgresql:///portal", True, id="no-host"),
        pytest.param("postgresql://portal@192.0.2.7/portal", False, id="another-address"),
        pytest.param("postgresql://portal@localhost.example/portal", False, id="another-name"),
        pytest.param("postgresql://127.0.0.1/portal?host=192.0.2.7", False, id="the-last-counts"),
    ],
)
def test_which_database_is_on_this_machine(url: str, here: bool) -> None:
    assert is_on_this_machine(url) is here


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        pytest.param("postgresql://portal:secret@192.0.2.7/portal", True, id="another-machine"),
        pytest.param("postgresql://postgres@127.0.0.1/portal", False, id="this-one"),
    ],
)
def test_a_database_elsewhere_is_refused(url: str, refused: bool) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import portal.settings.development"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (started.returncode, "portal.settings.production" in started.stderr) == (
        int(refused),
        refused,
    )
    assert "secret" not in started.stderr
