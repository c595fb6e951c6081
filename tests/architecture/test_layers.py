"""The line portal > billing > subscriptions > customers, catalog, which `make check` holds the code
to, is really guarded.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("portal", "billing", "subscriptions", "customers", "catalog")

# What imports what, and the rule that this breaks.
PLANTED = [
    pytest.param("catalog.money", "customers.clock", "catalog", "customers", id="sideways"),
    pytest.param("customers.clock", "catalog.money", "customers", "catalog", id="sideways-back"),
    pytest.param(
        "customers.clock", "subscriptions.periods", "customers", "subscriptions", id="up-one"
    ),
    pytest.param(
        "subscriptions.periods", "billing.proration", "subscriptions", "billing", id="up-two"
    ),
    pytest.param("billing.proration", "portal.access", "billing", "portal", id="to-the-doors"),
    pytest.param(
        "billing.proration", "billing.models", "billing.proration", "billing.models", id="rows"
    ),
    pytest.param("catalog.money", "django", "catalog.money", "django", id="framework"),
    pytest.param(
        "portal.responses.files",
        "portal.pages.offers",
        "portal.responses",
        "portal.pages",
        id="answers-to-pages",
    ),
    pytest.param(
        "portal.accounts.forms",
        "portal.backoffice.words",
        "portal.accounts",
        "portal.backoffice",
        id="accounts-to-the-back-office",
    ),
    *[
        pytest.param(pure, rows, pure, rows, id=f"rows-of-{rows.removesuffix('.models')}")
        for pure, rows in [
            ("billing.vat", "billing.documents.models"),
            ("billing.usage", "billing.metering.models"),
            ("billing.payments.chart", "billing.payments.models"),
            ("billing.vies.rules", "billing.vies.models"),
            ("subscriptions.licence_files.dates", "subscriptions.licence_files.models"),
            ("subscriptions.entitlements", "subscriptions.provisioning.models"),
        ]
    ],
    pytest.param(
        "billing.rating", "customers.clock", "billing.rating", "customers.clock", id="time"
    ),
    pytest.param("portal.urls", "portal.demo", "portal.urls", "portal.demo", id="to-the-demo"),
    pytest.param(
        "portal.api.doors",
        "portal.local.place",
        "portal.api",
        "portal.local",
        id="to-one-machine",
    ),
    pytest.param(
        "billing.payments.posting",
        "billing.drafting",
        "billing.payments",
        "billing.drafting",
        id="ledger-to-drafts",
    ),
    pytest.param(
        "portal.operation_center.server",
        "customers.clock",
        "portal.operation_center",
        "customers",
        id="platform-to-the-portal",
    ),
]

# Of the portal, what starts it on one machine or chooses its place.
STARTING = {"local", "demo", "management", "settings"}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    """On all of them in one copy: to read all that is imported takes long."""
    copy = skeleton(tmp_path_factory.mktemp("packages"))
    for importer, imported in (each.values[:2] for each in PLANTED):
        target = copy / f"{str(importer).replace('.', '/')}.py"
        target.write_text(f"{target.read_text()}\nimport {imported}\n")
    said = lint_imports(copy)
    assert said.returncode == 1, said.stdout
    return said.stdout


@pytest.mark.parametrize(("importer", "imported", "who", "whom"), PLANTED)
def test_a_planted_violation_fails(
    verdict: str, importer: str, imported: str, who: str, whom: str
) -> None:
    rule = f"\n{who} is not allowed to import {whom}:\n"

    broken_by = verdict.partition(rule)[2].partition("is not allowed")[0]

    assert f"- {importer} -> {imported} (l." in re.sub(" +", " ", broken_by), verdict


def test_all_else_of_the_portal_knows_nothing_of_what_starts_it() -> None:
    everything = {path.stem for path in (ROOT / "portal").glob("*.py")} - {"__init__"}
    everything |= {path.parent.name for path in (ROOT / "portal").glob("*/__init__.py")}

    assert sources_of("tools") == {f"portal.{name}" for name in everything - STARTING}


def sources_of(contract: str) -> set[str]:
    """The modules that the contract with this id is about."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    [found] = [each for each in contracts if each["id"] == contract]
    return set(found["source_modules"])


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
