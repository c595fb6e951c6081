"""Statements that a program's every request runs: kept as plans by the database.

Django writes parameters into the text of a statement, so the database plans it anew each time;
for a statement of a fraction of a millisecond that is most of its cost. And it borrows a connection
for every request: outside a transaction these statements have one of their own in each thread.
"""

from __future__ import annotations

import select
import threading
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    type Params = Sequence[object] | Mapping[str, object]

_threads = threading.local()


def fetch_prepared(statement: str, params: Params) -> list[tuple[Any, ...]]:
    """The rows of `statement`, in the transaction that is open, if one is.

    Raises Django's errors for what the database refuses.
    """
    with connection.wrap_database_errors:
        return _fetch(connection.connection or _own_connection(), statement, params)


def _fetch(to: psycopg.Connection[Any], statement: str, params: Params) -> list[tuple[Any, ...]]:
    with psycopg.Cursor(to) as cursor:
        cursor.execute(statement, params, prepare=True)
        return cursor.fetchall()


def _own_connection() -> psycopg.Connection[Any]:
    """This thread's, opened anew where the server has closed it."""
    kept: _Kept | None = getattr(_threads, "kept", None)
    if kept is None or not _is_still_there(kept.connection):
        parameters = connection.get_connection_params() | {"autocommit": True}
        kept = _threads.kept = _Kept(psycopg.connect(**parameters))
        kept.connection.execute("SET TIME ZONE 'UTC'")
    return kept.connection


class _Kept:
    """A connection that is closed with its thread."""

    def __init__(self, opened: psycopg.Connection[Any]) -> None:
        self.connection = opened

    def __del__(self) -> None:
        self.connection.close()


def _is_still_there(idle: psycopg.Connection[Any]) -> bool:
    """Whether the server has closed it. Until then it has nothing to say to one that waits, so
    looking at the socket is enough; asking the server would cost as much as the statement.
    """
    return not idle.closed and not select.select([idle.fileno()], [], [], 0)[0]
