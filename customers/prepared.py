"""Statements that a program's every request runs: kept as plans by the database.

Django writes parameters into the text of a statement, so the database plans it anew each time;
for a statement of a fraction of a millisecond that is most of its cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def fetch_prepared(
    statement: str, params: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """The rows of `statement`, in the transaction that is open, if one is.

    Raises Django's errors for what the database refuses.
    """
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(statement, params, prepare=True)
        return cursor.fetchall()
