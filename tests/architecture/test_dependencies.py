"""What is imported is declared: another package may stop bringing it along any day."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.architecture.test_layers import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = {*PACKAGES, "tests", "benchmarks", "examples"}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_runs_on_a_server_is_a_dependency(package: str) -> None:
    assert imported_by(package) - declared("production") == set()


@pytest.mark.parametrize("package", ["tests", "benchmarks", "examples"])
def test_what_tests_and_measurements_take_is_declared(package: str) -> None:
    assert imported_by(package) - declared("production") - declared("development") == set()


def imported_by(package: str) -> set[str]:
    """The distributions that the modules of a package import from."""
    found: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for module in modules_imported(path):
            if module not in OURS and module not in sys.stdlib_module_names:
                [distribution] = set(brought()[module])
                found.add(normal(distribution))
    return found


def modules_imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import():
                yield from (each.name.partition(".")[0] for each in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield module.partition(".")[0]


@cache
def brought() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def declared(where: str) -> set[str]:
    """The distributions that a server has, or that those who develop have beside them."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = {**settings["dependency-groups"], "production": settings["project"]["dependencies"]}
    return {normal(each) for each in groups[where] if isinstance(each, str)}


def normal(requirement: str) -> str:
    """The name in it, as PEP 503 has it: “Django>=6” is “django”."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
