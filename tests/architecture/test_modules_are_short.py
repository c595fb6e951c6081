"""A module is split by subject before it passes 400 lines. Migrations are generated."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = (
    "benchmarks",
    "billing",
    "catalog",
    "customers",
    "examples",
    "portal",
    "subscriptions",
    "tests",
)
MOST = 400  # lines


def modules(below: Path) -> list[Path]:
    found = (path for room in ROOMS for path in (below / room).rglob("*.py"))
    return [path for path in found if "migrations" not in path.parts]


def too_long(below: Path) -> dict[str, int]:
    lines = {path: len(path.read_text().splitlines()) for path in modules(below)}
    return {str(path.relative_to(below)): many for path, many in lines.items() if many > MOST}


def test_no_module_is_too_long() -> None:
    assert len(modules(ROOT)) > 700
    assert too_long(ROOT) == {}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("billing/planted.py", {"billing/planted.py": MOST + 1}),
        ("billing/migrations/0001_planted.py", {}),
    ],
)
def test_a_planted_long_module_is_found(tmp_path: Path, name: str, found: dict[str, int]) -> None:
    planted = tmp_path / name
    planted.parent.mkdir(parents=True)
    planted.write_text("x = 1\n" * (MOST + 1))

    assert too_long(tmp_path) == found
