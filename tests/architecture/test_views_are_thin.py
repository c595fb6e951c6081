"""Doors ask querysets and operations; they neither query nor save by themselves."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
# Rooms of their own, with tables or a process that is another system's.
ROOMS = {"answered", "webhooks", "operation_center"}
READS = {"queries.py", "querysets.py"}
# The demo's people have accounts at once, which others make by signing up with allauth.
SIGNED_UP = ROOT / "portal" / "demo" / "people.py"
QUERIES = {
    "aggregate",
    "annotate",
    "bulk_create",
    "bulk_update",
    "distinct",
    "exclude",
    "filter",
    "get_or_create",
    "order_by",
    "prefetch_related",
    "save",
    "select_for_update",
    "select_related",
    "update_or_create",
    "values_list",
}


def modules() -> list[Path]:
    portal = ROOT / "portal"
    return sorted(
        path
        for path in portal.rglob("*.py")
        if path.relative_to(portal).parts[0] not in ROOMS
        and path.name not in READS
        and path != SIGNED_UP
    )


def violations(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            # A form of allauth is saved by the form it extends.
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))):
                pass
            case ast.Attribute(attr="objects"):
                yield f"line {node.lineno}: .objects"
            # Of a model, which is a query of its own; of what a query returns it is none.
            case ast.Call(func=ast.Name(id="get_object_or_404"), args=[ast.Name(id=model), *_]) if (
                model[0].isupper()
            ):
                yield f"line {node.lineno}: get_object_or_404({model}"
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
        pytest.param("person.memberships.select_related('organisation')", id="related"),
        pytest.param("tenant.save()", id="save"),
        pytest.param("get_object_or_404(Tenant, pk=1)", id="one-of-a-model"),
    ],
)
def test_a_planted_violation_is_found(planted: str) -> None:
    assert len(list(violations(planted))) == 1
