"""Only doors read the clock, and only through customers.clock; elsewhere time is an argument."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.test_layers import PACKAGES

ROOT = Path(__file__).resolve().parent.parent.parent

PLANTED = "billing/operations/planted.py"
MODULES = (
    *("datetime", "time", "django.utils.timezone", "django.db.models.functions"),
    "django.contrib.postgres.functions",
)
BANNED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"][
    "flake8-tidy-imports"
]["banned-api"]
READS = [
    *[f"datetime.datetime.{name}" for name in ("now", "today", "utcnow")],
    "datetime.date.today",
    *[f"time.{name}" for name in ("time", "time_ns", "clock_gettime", "clock_gettime_ns")],
    *[f"time.{name}" for name in ("localtime", "gmtime", "ctime", "asctime", "strftime")],
    *[f"django.utils.timezone.{name}" for name in ("now", "localdate", "localtime")],
    "django.db.models.functions.Now",
    "django.contrib.postgres.functions.TransactionNow",
]

# Of the lower packages, what the scheduler or staff enter by.
DOORS = {"tasks.py", "admin.py"}
# They ask when something happens to a machine, which nobody can hand them.
BY_THE_REAL_CLOCK = {
    "customers/heartbeat.py": "when this process started",
    "customers/turns.py": "whether the tick that rang for a turn is over",
}
# In the portal, what a door calls.
NO_DOORS = {"operations", "queries", "querysets", "models", "presenters", "leaving"}


@pytest.fixture(scope="module")
def refused() -> set[str]:
    """Of what is read past customers.clock, by the line it stands on."""
    source = [f"import {module}" for module in MODULES] + [f"{read}()" for read in BANNED]
    ruff = Path(sys.executable).with_name("ruff")
    verdict = subprocess.run(
        [ruff, "check", "--output-format=concise", f"--stdin-filename={PLANTED}", "-"],
        cwd=ROOT,
        input="\n".join([*source, ""]),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split(":")[1] for line in verdict.stdout.splitlines() if "TID251" in line]
    return {source[int(line) - 1].removesuffix("()") for line in lines}


@pytest.mark.parametrize("read", READS)
def test_reading_the_clock_in_another_way_is_refused(refused: set[str], read: str) -> None:
    assert read in refused


def test_every_way_that_is_banned_is_tried() -> None:
    assert set(BANNED) == set(READS)


def test_what_is_no_door_takes_the_instant_as_an_argument() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if reads_the_clock(path)
    }

    assert {path for path in readers if not may_read(path)} == BY_THE_REAL_CLOCK.keys()


def may_read(path: str) -> bool:
    *folders, file = path.split("/")
    if folders[0] == "portal":
        return not NO_DOORS & {*folders, file.removesuffix(".py")}
    return file in DOORS


def reads_the_clock(path: Path) -> bool:
    """Whether it imports customers.clock, other than for its types."""
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        match waiting.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.ImportFrom(module="customers", names=names):
                if any(each.name == "clock" for each in names):
                    return True
            case ast.ImportFrom(module="customers.clock"):
                return True
            case ast.Import(names=names):
                if any(each.name == "customers.clock" for each in names):
                    return True
            case node:
                waiting += ast.iter_child_nodes(node)
    return False
