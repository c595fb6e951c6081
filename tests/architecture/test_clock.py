"""Ruff refuses every way around customers.clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


PLANTED = "billing/operations/planted.py"
READ = ("timezone.now()", "dt.datetime.now(dt.UTC)", "dt.date.today()", "time.time()")


def test_reading_the_clock_elsewhere_is_refused() -> None:
    ruff = Path(sys.executable).with_name("ruff")
    imported = "import datetime as dt\nimport time\n\nfrom django.utils import timezone\n"

    verdict = subprocess.run(
        [ruff, "check", "--output-format=concise", f"--stdin-filename={PLANTED}", "-"],
        cwd=ROOT,
        input="\n".join([imported, *READ, ""]),
        capture_output=True,
        text=True,
        check=False,
    )

    assert verdict.returncode == 1
    refused = [line.split(":")[1] for line in verdict.stdout.splitlines() if "TID251" in line]
    assert refused == ["6", "7", "8", "9"], verdict.stdout
