"""What compose.yaml writes down of the database, and the page that restores it, fit together.

Each was lost once by being otherwise, on a machine with PostgreSQL 18: see `docs/backup.md`.
"""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from portal.local.place import ROOT


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
    return found


@pytest.fixture
def restore() -> str:
    """The page from “Restore” on."""
    return (ROOT / "docs" / "backup.md").read_text().partition("\n## Restore\n")[2]


def test_what_is_written_down_can_be_read_by_the_server(
    services: dict[str, Any], restore: str
) -> None:
    """PostgreSQL takes a file that it may not read for the end of the log, and says nothing."""
    script = services["wal"]["command"][-1]

    assert "chown -R postgres:postgres /backup/wal" in script
    assert script.count("gosu postgres pg_receivewal") == script.count("pg_receivewal") == 1
    copied, _, after = restore.partition("docker compose up --detach postgres valkey")
    assert 'chown -R postgres:postgres "$PGDATA" /backup/wal' in copied
    assert "pg_last_xact_replay_timestamp()" in after.partition("From a dump")[0]


def test_it_goes_on_after_the_server_was_started_anew(services: dict[str, Any]) -> None:
    """A network that is shared with a container ends with it; what waits there does so for ever."""
    wal, server = services["wal"], services["postgres"]

    assert wal["network_mode"] == "none"
    assert "socket:/var/run/postgresql" in wal["volumes"]
    assert "socket:/var/run/postgresql" in server["volumes"]
    assert wal["image"] == server["image"]
    assert wal["command"][-1].rstrip().endswith("--no-loop")
    assert wal["restart"] == "unless-stopped"


def test_that_it_stands_still_is_seen(services: dict[str, Any]) -> None:
    wal = services["wal"]
    [probe] = wal["healthcheck"]["test"][1:]

    assert "--slot=backup" in wal["command"][-1]
    assert "active" in probe
    assert "slot_name = 'backup'" in probe
    watched = (ROOT / "docs" / "operating.md").read_text().partition("\n## What to watch\n")[2]
    assert "`wal` is not healthy" in watched.partition("\n## ")[0]


def test_a_restored_database_begins_a_log_of_its_own(restore: str) -> None:
    """It is on another timeline, where the service would be refused for ever."""
    aside = restore.index("mv /backup/wal ")
    received = restore.index("docker compose --profile backup up")
    base = restore.index("pg_basebackup")

    assert aside < received < base
