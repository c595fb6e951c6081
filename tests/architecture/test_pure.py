"""What calls itself pure is kept so by the contract, wherever it stands."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from tests.architecture.test_layers import PACKAGES

ROOT = Path(__file__).resolve().parent.parent.parent


def test_what_says_that_it_is_pure_is_under_the_contract() -> None:
    assert said_to_be_pure() - under_the_contract() == set()


def said_to_be_pure() -> set[str]:
    """Modules whose docstring has the sentence “Pure.”."""
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
        for path in sources
        if "Pure." in (ast.get_docstring(ast.parse(path.read_bytes())) or "")
    }


def under_the_contract() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["id"] == "pure"]
    return set(pure["source_modules"])
