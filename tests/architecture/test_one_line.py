"""What is typed into a field of one line is one line: it stands in subjects of letters."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
# Of more lines than one, or not typed by anybody.
OTHERS = ("Textarea", "HiddenInput")


def violations(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "forms.CharField"):
            continue
        widget = next(
            (ast.unparse(each.value) for each in node.keywords if each.arg == "widget"), ""
        )
        if not any(other in widget for other in OTHERS):
            yield f"line {node.lineno}: LineField"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "portal").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_field_of_one_line_takes_one_line(path: Path) -> None:
    assert list(violations(path.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param("forms.CharField(max_length=9)", id="no widget"),
        pytest.param("forms.CharField(widget=forms.TextInput)", id="another"),
    ],
)
def test_a_planted_violation_is_found(planted: str) -> None:
    assert len(list(violations(planted))) == 1
