"""Ruff refuses every way around customers.clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param("from django.utils import timezone\n\ntimezone.now()\n", id="django"),
        pytest.param("import datetime as dt\n\ndt.datetime.now(dt.UTC)\n", id="datetime"),
        pytest.param("import datetime as dt\n\ndt.date.today()\n", id="date"),
        pytest.param("import time\n\ntime.time()\n", id="time"),
    ],
)
def test_reading_the_clock_elsewhere_is_refused(planted: str) -> None:
    ruff = Path(sys.executable).with_name("ruff")

    verdict = subprocess.run(
        [ruff, "check", "--stdin-filename", "billing/operations/planted.py", "-"],
        cwd=ROOT,
        input=planted,
        capture_output=True,
        text=True,
        check=False,
    )

    assert verdict.returncode == 1
    assert "TID251" in verdict.stdout
