"""The line portal > billing > subscriptions > customers, catalog holds, and is really guarded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("portal", "billing", "subscriptions", "customers", "catalog")


def test_the_contracts_hold() -> None:
    verdict = lint_imports(ROOT)

    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(
    ("room", "module", "planted"),
    [
        pytest.param("catalog", "money", "import customers.clock", id="sideways"),
        pytest.param("customers", "clock", "import catalog.money", id="sideways-back"),
        pytest.param("customers", "clock", "import subscriptions.periods", id="up-one"),
        pytest.param("subscriptions", "periods", "import billing.proration", id="up-two"),
        pytest.param("billing", "proration", "import portal.access", id="to-the-doors"),
        pytest.param("billing", "proration", "import billing.models", id="rows-in-pure-code"),
        pytest.param("catalog", "money", "import django.db", id="framework-in-money"),
    ],
)
def test_a_planted_violation_fails(tmp_path: Path, room: str, module: str, planted: str) -> None:
    copy = skeleton(tmp_path)
    target = copy / room / f"{module}.py"
    target.write_text(f"{target.read_text()}\n{planted}\n")

    verdict = lint_imports(copy)

    assert verdict.returncode == 1, verdict.stdout
    assert "BROKEN" in verdict.stdout
    assert f"{room}.{module}" in verdict.stdout


def skeleton(to: Path) -> Path:
    """The packages as they are, source files only, with the contracts."""
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            target = to / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    (to / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return to


def lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
