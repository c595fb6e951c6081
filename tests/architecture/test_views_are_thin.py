"""Pages ask querysets and operations; they neither query nor save by themselves."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
DOORS = ("accounts", "api", "backoffice", "pages")
QUERIES = {"filter", "exclude", "save", "bulk_create", "bulk_update"}


def modules() -> list[Path]:
    return sorted(path for door in DOORS for path in (ROOT / "portal" / door).rglob("*.py"))


def violations(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            # A form of allauth is saved by the form it extends.
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))):
                pass
            case ast.Attribute(attr="objects"):
                yield f"line {node.lineno}: .objects"
            case ast.Call(func=ast.Attribute(attr=name)) if name in QUERIES:
                yield f"line {node.lineno}: .{name}("


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_door_does_not_touch_the_database_itself(path: Path) -> None:
    assert list(violations(path.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param("Tenant.objects", id="manager"),
        pytest.param("visible.filter(name='x')", id="filter"),
        pytest.param("tenant.save()", id="save"),
    ],
)
def test_a_planted_violation_is_found(planted: str) -> None:
    assert len(list(violations(planted))) == 1
