"""What the settings read, what the docs explain and what compose.yaml hands on are the same."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from portal.local.place import ROOT
from portal.settings.addresses import database_from_url
from portal.settings.environment import number
from tests.portal.settings.test_production import COMPLETE

# Read by `make run` and the demo's CRM platform alone.
ONLY_FOR_THE_DEMO = {"PLATFORM_CREDENTIAL", "DEMO_WEBHOOK_SECRETS", "PEPPOL_DIRECTORY"}
ONLY_IN_THE_IMAGE = {"DJANGO_SETTINGS_MODULE"}  # named in the Dockerfile
ONLY_FOR_THE_DRIVER = {"PGPASSWORD"}  # read by PostgreSQL's own library

READ = re.compile(r"""(?:environ\.get\(|environ\[|number\()"([A-Z_]+)\"""")


def settings() -> set[str]:
    sources = [ROOT / "portal" / "settings" / name for name in ("base.py", "production.py")]
    names = {name for source in sources for name in READ.findall(source.read_text())}
    return (names | set(COMPLETE)) - ONLY_FOR_THE_DEMO


def handed_on() -> dict[str, str | None]:
    compose = YAML(typ="safe").load(ROOT / "compose.yaml")
    environment: dict[str, str | None] = compose["x-portal"]["environment"]
    return environment


def test_the_docs_explain_every_variable_that_is_read() -> None:
    operating = (ROOT / "docs" / "operating.md").read_text()
    rows = operating.split("| variable | |")[1].split("\n\n")[0]
    first_cells = "".join(row.split("|")[1] for row in rows.splitlines() if row.count("|") > 1)
    explained = set(re.findall(r"`([A-Z_]+)`", first_cells))

    assert explained - ONLY_IN_THE_IMAGE == settings()


def test_compose_hands_on_every_variable_that_is_read() -> None:
    assert set(handed_on()) - ONLY_FOR_THE_DRIVER == settings()


def test_a_key_for_licence_files_is_made_before_there_is_one() -> None:
    """compose gives up on whatever wants a value before any command of it runs."""
    assert handed_on()["LICENCE_SIGNING_KEY"] is None


def test_the_password_of_the_database_is_in_no_address() -> None:
    """Where a `/`, a `#` or a `%` of it would mean something."""
    assert handed_on()["PGPASSWORD"] == "${POSTGRES_PASSWORD:?}"
    assert not database_from_url(str(handed_on()["DATABASE_URL"]))["PASSWORD"]


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_every_process_of_the_portal_has_the_same_environment(service: str) -> None:
    services = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]

    assert services[service]["environment"] == handed_on()


def test_compose_has_no_defaults_of_its_own() -> None:
    """Without a value a variable that `.env` does not name stays unset."""
    assert {value for value in handed_on().values() if value and ":-" in value} == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, 7, id="unset"),
        pytest.param("", 7, id="empty"),
        pytest.param("3", 3, id="set"),
    ],
)
def test_an_empty_number_is_the_default(
    monkeypatch: pytest.MonkeyPatch, text: str | None, expected: int
) -> None:
    monkeypatch.delenv("SOME_NUMBER", raising=False)
    if text is not None:
        monkeypatch.setenv("SOME_NUMBER", text)

    assert number("SOME_NUMBER", 7) == expected
