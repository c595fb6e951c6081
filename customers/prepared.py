"""Statements that a program's every request runs: kept as plans by the database.

Django writes parameters into the text of a statement, so the database plans it anew each time;
for a statement of a fraction of a millisecond that is most of its cost. And it borrows a connection
for every request: outside a transaction these statements have one of their own in each thread.

A plan outlives a migration, and may not fit what that made of a table: then it is dropped. Outside
a transaction the statement is prepared and sent once more; inside one, which the database has given
up, whoever asked is to do it all again (`PlanOutOfDate`).
"""

from __future__ import annotations

import re
import select
import threading
from collections.abc import Mapping
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import PGresult

    type Params = Sequence[object] | Mapping[str, object]

_threads = threading.local()


class PlanOutOfDate(OperationalError):
    """A table is not what it was when the statement was planned. The transaction is over; the same
    again finds a new plan.
    """


def fetch_prepared(statement: str, params: Params) -> list[tuple[Any, ...]]:
    """The rows of `statement`, in the transaction that is open, if one is.

    `params` by name or in order, as in `%(name)s` and `%s`. Raises Django's errors for what the
    database refuses, PlanOutOfDate in a transaction.
    """
    djangos = connections[DEFAULT_DB_ALIAS]  # looked up once; `connection` does so at each name
    with djangos.wrap_database_errors:
        if not djangos.in_atomic_block:
            return _own_connection().fetch(_numbered(statement), params)
        with psycopg.Cursor(djangos.connection) as cursor:
            try:
                cursor.execute(statement, params, prepare=True)
            except psycopg.errors.FeatureNotSupported as refused:
                raise PlanOutOfDate(str(refused)) from refused  # the rollback drops every plan
            return cursor.fetchall()


class _Numbered(NamedTuple):
    """A statement as the database takes it, with `$1`, `$2`."""

    text: bytes
    names: tuple[str, ...]  # of its parameters in their order; none when they come in order

    def in_order(self, params: Params) -> Sequence[object]:
        if isinstance(params, Mapping):
            return [params[name] for name in self.names]
        return params


@cache
def _numbered(statement: str) -> _Numbered:
    names = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for number, name in enumerate(names, start=1):
        statement = statement.replace(f"%({name})s", f"${number}")
    numbers = count(1)
    return _Numbered(re.sub("%s", lambda _: f"${next(numbers)}", statement).encode(), names)


class _Own:
    """A connection with its plans, closed with its thread.

    It speaks to libpq itself: a cursor would name, look up and watch what is always the same,
    and that takes longer than the database does.
    """

    def __init__(self, opened: psycopg.Connection[Any]) -> None:
        self._connection = opened
        self._adapting = Transformer(opened)  # which finds out once how a type is written and read
        self._from_server = select.poll()
        self._from_server.register(opened.fileno(), select.POLLIN)
        self._plans: dict[_Numbered, bytes] = {}
        self._names = count()

    def __del__(self) -> None:
        self._connection.close()

    def fetch(self, statement: _Numbered, params: Params) -> list[tuple[Any, ...]]:
        values = statement.in_order(params)
        adapting = self._adapting
        # None, which stands for NULL, is missing in the driver's annotation.
        given = cast(
            "Sequence[bytes]", adapting.dump_sequence(values, [PyFormat.TEXT] * len(values))
        )
        plan = self._plans.get(statement)
        result = self._send(plan or self._prepare(statement), given)
        if plan and _is_out_of_date(result):  # nothing was done: it did not come to that
            self._drop(statement)
            result = self._send(self._prepare(statement), given)
        _refuse_failure(result)
        adapting.set_pgresult(result)
        return adapting.load_rows(0, result.ntuples, tuple)

    def is_still_there(self) -> bool:
        """Whether the server has closed it. Until then it has nothing to say to one that waits, so
        looking at the socket is enough; asking the server would cost as much as the statement.
        """
        return not self._connection.closed and not self._from_server.poll(0)

    def _prepare(self, statement: _Numbered) -> bytes:
        """The database finds the types of parameters itself, by what they are compared with."""
        plan = b"plan_%d" % next(self._names)
        _refuse_failure(self._connection.pgconn.prepare(plan, statement.text))
        self._plans[statement] = plan
        return plan

    def _drop(self, statement: _Numbered) -> None:
        _refuse_failure(self._connection.pgconn.exec_(b"DEALLOCATE " + self._plans.pop(statement)))

    def _send(self, plan: bytes, given: Sequence[bytes]) -> PGresult:
        return self._connection.pgconn.exec_prepared(plan, given)


def _is_out_of_date(result: PGresult) -> bool:
    """“cached plan must not change result type” (0A000), or a parameter has the type that a column
    had before, and no operator takes both (class 42).
    """
    state = result.error_field(DiagnosticField.SQLSTATE) or b""
    return state == b"0A000" or state.startswith(b"42")


def _refuse_failure(result: PGresult) -> None:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result)


def _own_connection() -> _Own:
    """This thread's, opened anew where the server has closed it."""
    kept: _Own | None = getattr(_threads, "kept", None)
    if kept is None or not kept.is_still_there():
        parameters = connections[DEFAULT_DB_ALIAS].get_connection_params() | {"autocommit": True}
        opened = psycopg.connect(**parameters)
        opened.execute("SET TIME ZONE 'UTC'")
        # Or a plan that looks cheaper for the values at hand is made at each request anew.
        opened.execute("SET plan_cache_mode = force_generic_plan")
        kept = _threads.kept = _Own(opened)
    return kept
