"""What calls itself pure is kept so, wherever it stands."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.test_layers import PACKAGES, sources_of

ROOT = Path(__file__).resolve().parent.parent.parent

PURE = re.compile(r"\b[Pp]ure[.:;,]")  # as against “by pure rules”, which are elsewhere

# Of Django's database, what is no row: the values of a status with words for people.
VALUES = {"django.db.models.TextChoices", "django.db.models.IntegerChoices"}


def test_what_says_that_it_is_pure_is_under_the_contract() -> None:
    assert said_to_be_pure() - sources_of("pure") == set()


def test_what_is_pure_knows_no_database() -> None:
    """Import contracts can name a package of others as a whole only: `django`."""
    imported = {
        (module, name)
        for module in sources_of("pure")
        for name in names_imported(ROOT / f"{module.replace('.', '/')}.py")
        if name.startswith("django.db") and name not in VALUES
    }

    assert imported == set()


def said_to_be_pure() -> set[str]:
    """Modules whose docstring says so: “Pure.”, “Pure: no rows”, “pure, offline”."""
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
        for path in sources
        if PURE.search(ast.get_docstring(ast.parse(path.read_bytes())) or "")
    }


def names_imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import():
                found |= {each.name for each in node.names}
            case ast.ImportFrom():
                found |= {f"{node.module}.{each.name}" for each in node.names}
    return found
