"""What the Operation Center knows: tenants, the facts it was told, and how it misbehaves."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS tenant (
    environment TEXT NOT NULL,
    identifier TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 2,
    sequence INTEGER NOT NULL DEFAULT 0,
    said INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (environment, identifier)
);
CREATE TABLE IF NOT EXISTS applied (
    id TEXT PRIMARY KEY,
    environment TEXT NOT NULL,
    identifier TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    UNIQUE (environment, identifier, sequence)
);
CREATE TABLE IF NOT EXISTS holding (
    environment TEXT NOT NULL,
    identifier TEXT NOT NULL,
    subject TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (environment, identifier, subject)
);
CREATE TABLE IF NOT EXISTS stranger (
    environment TEXT NOT NULL,
    identifier TEXT NOT NULL,
    PRIMARY KEY (environment, identifier)
);
CREATE TABLE IF NOT EXISTS heard (
    receiver TEXT NOT NULL,
    message_id TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    type TEXT NOT NULL,
    sequence INTEGER,
    is_signed INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 1,
    body TEXT NOT NULL,
    PRIMARY KEY (receiver, message_id)
);
CREATE TABLE IF NOT EXISTS fault (only INTEGER PRIMARY KEY CHECK (only = 1), mode TEXT NOT NULL);
"""

WELL, FAILING, SLOW = "well", "failing", "slow"
MODES = (WELL, FAILING, SLOW)
MOST_HEARD = 200  # messages; the oldest go
RUNNING_STATES = (2, 5)  # D2.2: Running and OnlineMaintenance

type Key = tuple[str, str]  # environment, identifier in capitals


@dataclass(frozen=True)
class Heard:
    """One message of a receiver of webhooks, as its last attempt left it."""

    receiver: str
    message_id: str
    at: str  # of this machine's clock, in UTC
    type: str
    sequence: int | None
    is_signed: bool
    attempts: int
    body: str


@dataclass(frozen=True)
class Tenant:
    environment: str
    identifier: str
    state: int
    sequence: int  # of the last fact that was applied
    holds: Mapping[str, Any]

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING_STATES


def key_of(environment: str, identifier: str) -> Key:
    """Identifiers are the same in any case (D2.1)."""
    return environment, identifier.upper()


class State:
    """One connection and one lock: a request at a time changes something."""

    def __init__(self, path: Path | str, tenants: Iterable[Key] = ()) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(TABLES)
        self.add(tenants)

    def close(self) -> None:
        self._connection.close()

    def add(self, tenants: Iterable[Key]) -> None:
        keys = [key_of(*each) for each in tenants]
        with self._changing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO tenant (environment, identifier) VALUES (?, ?)", keys
            )
            db.executemany("DELETE FROM stranger WHERE environment = ? AND identifier = ?", keys)

    def apply(self, facts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Each fact once by its id, each tenant's in order of their numbers without a gap."""
        with self._changing() as db:
            return [self._apply(db, fact) for fact in facts]

    def _apply(self, db: sqlite3.Connection, fact: Mapping[str, Any]) -> dict[str, Any]:
        key = key_of(fact["tenant"]["environment"], fact["tenant"]["identifier"])
        last = db.execute(
            "SELECT sequence FROM tenant WHERE environment = ? AND identifier = ?", key
        ).fetchone()
        if last is None:
            db.execute("INSERT OR IGNORE INTO stranger VALUES (?, ?)", key)
            refused = {"id": fact["id"], "outcome": "refused", "reason": "unknown tenant"}
            return {**refused, "tenant_known": False}
        if db.execute("SELECT 1 FROM applied WHERE id = ?", (fact["id"],)).fetchone():
            return {"id": fact["id"], "outcome": "known"}
        expected = last[0] + 1
        if fact["sequence"] != expected:
            reason = f"number {expected} comes next"
            refused = {"id": fact["id"], "outcome": "refused", "reason": reason}
            return {**refused, "expected": expected}
        db.execute("INSERT INTO applied VALUES (?, ?, ?, ?)", (fact["id"], *key, expected))
        db.execute(
            "UPDATE tenant SET sequence = ? WHERE environment = ? AND identifier = ?",
            (expected, *key),
        )
        if fact["value"] is None:
            db.execute(
                "DELETE FROM holding WHERE environment = ? AND identifier = ? AND subject = ?",
                (*key, fact["subject"]),
            )
        else:
            db.execute(
                "INSERT OR REPLACE INTO holding VALUES (?, ?, ?, ?)",
                (*key, fact["subject"], json.dumps(fact["value"])),
            )
        return {"id": fact["id"], "outcome": "applied"}

    def tenants(self, *, after: Key = ("", ""), limit: int = -1) -> list[Tenant]:
        """In order, the next ones after a key."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT environment, identifier, state, sequence FROM tenant"
                " WHERE (environment, identifier) > (?, ?)"
                " ORDER BY environment, identifier LIMIT ?",
                (*after, limit),
            ).fetchall()
            return [self._tenant(row) for row in rows]

    def tenant(self, environment: str, identifier: str) -> Tenant | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT environment, identifier, state, sequence FROM tenant"
                " WHERE environment = ? AND identifier = ?",
                key_of(environment, identifier),
            ).fetchone()
            return self._tenant(row) if row else None

    def applied(self, environment: str, identifier: str) -> list[tuple[int, str]]:
        """Number and id of every fact of a tenant, in the order in which they were applied."""
        with self._lock:
            return self._connection.execute(
                "SELECT sequence, id FROM applied WHERE environment = ? AND identifier = ?"
                " ORDER BY rowid",
                key_of(environment, identifier),
            ).fetchall()

    def strangers(self) -> list[Key]:
        """Tenants that were named in facts and are not ours."""
        with self._lock:
            return self._connection.execute(
                "SELECT environment, identifier FROM stranger ORDER BY 1, 2"
            ).fetchall()

    # --- As a platform that fails ---

    def mode(self) -> str:
        with self._lock:
            row = self._connection.execute("SELECT mode FROM fault").fetchone()
            return row[0] if row else WELL

    def set_mode(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(mode)
        with self._changing() as db:
            db.execute("INSERT OR REPLACE INTO fault VALUES (1, ?)", (mode,))

    def forget(self, environment: str, identifier: str, subject: str = "") -> None:
        """As after a restore from a backup, all of a tenant; or, worse, one thing it holds."""
        key = key_of(environment, identifier)
        where = "WHERE environment = ? AND identifier = ?"
        with self._changing() as db:
            if subject:
                db.execute(f"DELETE FROM holding {where} AND subject = ?", (*key, subject))  # noqa: S608 - our own words
                return
            for table in ("holding", "applied"):
                db.execute(f"DELETE FROM {table} {where}", key)  # noqa: S608 - our own words
            db.execute(f"UPDATE tenant SET sequence = 0 {where}", key)  # noqa: S608 - our own words

    # --- Webhooks of the demo's customers ---

    def hear(
        self,
        receiver: str,
        message_id: str,
        *,
        kind: str,
        sequence: int | None,
        is_signed: bool,
        body: str,
    ) -> None:
        """Note a message, or that it came again."""
        with self._changing() as db:
            db.execute(
                "INSERT INTO heard (receiver, message_id, type, sequence, is_signed, body)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (receiver, message_id) DO UPDATE SET"
                " attempts = attempts + 1, at = CURRENT_TIMESTAMP, is_signed = excluded.is_signed",
                (receiver, message_id, kind, sequence, is_signed, body),
            )
            db.execute(
                "DELETE FROM heard WHERE rowid NOT IN"
                " (SELECT rowid FROM heard ORDER BY at DESC, rowid DESC LIMIT ?)",
                (MOST_HEARD,),
            )

    def heard(self, *, limit: int) -> list[Heard]:
        """The last that came first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT receiver, message_id, at, type, sequence, is_signed, attempts, body"
                " FROM heard ORDER BY at DESC, rowid DESC LIMIT ?",
                (limit,),
            ).fetchall()
            return [Heard(*row) for row in rows]

    # --- What it tells the portal ---

    def say(self, environment: str, identifier: str, state: int | None) -> int:
        """Note the state it tells of, if it does; returns the number of what it says."""
        key = key_of(environment, identifier)
        with self._changing() as db:
            db.execute(
                "UPDATE tenant SET said = said + 1, state = coalesce(?, state)"
                " WHERE environment = ? AND identifier = ?",
                (state, *key),
            )
            row = db.execute(
                "SELECT said FROM tenant WHERE environment = ? AND identifier = ?", key
            ).fetchone()
            return int(row[0])

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, on the disk when it is answered for."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _tenant(self, row: tuple[str, str, int, int]) -> Tenant:
        holds = self._connection.execute(
            "SELECT subject, value FROM holding WHERE environment = ? AND identifier = ?"
            " ORDER BY subject",
            row[:2],
        )
        return Tenant(*row, holds={subject: json.loads(value) for subject, value in holds})
