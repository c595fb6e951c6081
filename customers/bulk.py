"""Thousands of rows at once, for jobs: written by PostgreSQL's COPY, found by an array of keys.

Constraints and triggers hold for copied rows as for any other; what does not happen is Django's
work per row or key (an instance, a value for each field, a piece of the statement).
"""

from __future__ import annotations

import datetime as dt
import gc
from contextlib import contextmanager
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models.lookups import Lookup
from msgspec.json import encode
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper
    from django.db.models.sql.compiler import SQLCompiler

DELETED_AT_ONCE = 1_000

REFERENCES = """
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND condeferrable
    AND conrelid::regclass::text = ANY (%s) AND confrelid::regclass::text <> %s
"""


class _AnyOf(Lookup):
    """`column = ANY (array)`: one parameter, however many keys."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::bigint[])", (*params, self.rhs)


def any_of(column: str, keys: Iterable[int]) -> Lookup[Any]:
    """A condition like `column__in`, for thousands of keys: `filter(any_of("pk", ids))`."""
    return _AnyOf(models.F(column), bigints(keys))


def bigints(keys: Iterable[int]) -> str:
    """PostgreSQL's text of an array, for `%s::bigint[]`: written by the driver, a list of
    thousands costs more than the query that it is for.
    """
    return f"{{{','.join(map(str, keys))}}}"


def copy_rows(
    cursor: CursorWrapper,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    same: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Write `rows`, values in the order of `columns` (names of columns, "invoice_id").

    `same` holds the columns in which all rows are alike. JSON is handed over as text; days
    (`day_text`) and Decimals may be, at a third of what the driver takes. Columns of the model
    that are not named get the field's default, so a field that is added later needs no change
    here. Raises what the database refuses.
    """
    alike = _defaults(model, {*columns, *same}) | dict(same)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),  # noqa: SLF001 - Django's documented API
        sql.SQL(", ").join(map(sql.Identifier, [*columns, *alike])),
    )
    rest = tuple(_written_once(value) for value in alike.values())
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row((*row, *rest))


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """For work on thousands of objects that all stay: looking for garbage among them is in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def json_text(value: object) -> str:
    """JSON for `copy_rows`. Days, instants and Decimals become text, as Django writes them."""
    return encode(value).decode()


@lru_cache(maxsize=4_096)
def day_text(day: dt.date) -> str:
    """A day for `copy_rows`."""
    return day.isoformat()


def take_ids(cursor: CursorWrapper, model: type[models.Model], count: int) -> list[int]:
    """`count` primary keys of `model`'s sequence, for rows that others must refer to."""
    cursor.execute(
        # The sequence is looked up once: for each row it would cost more than the number.
        "WITH sequence AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS of)"
        " SELECT nextval(sequence.of) FROM sequence, generate_series(1, %s)",
        [model._meta.db_table, count],  # noqa: SLF001
    )
    return [row[0] for row in cursor.fetchall()]


def check_references(
    cursor: CursorWrapper, *models: type[models.Model], but_to: type[models.Model]
) -> None:
    """Check now, and not at the commit, that what rows of `models` refer to is there.

    Except what is `but_to`: those rows are still to come. Raises IntegrityError.
    """
    tables = [model._meta.db_table for model in models]  # noqa: SLF001 - documented API
    cursor.execute(REFERENCES, [tables, but_to._meta.db_table])  # noqa: SLF001
    names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in cursor.fetchall())
    now_and_later = "SET CONSTRAINTS {} IMMEDIATE; SET CONSTRAINTS {} DEFERRED"
    cursor.execute(sql.SQL(now_and_later).format(names, names))


def plan_anew() -> None:
    """Have PostgreSQL plan for the tables as they are now, and find rows by their keys.

    It keeps the plans of foreign keys and triggers: one made while a table had a few rows reads
    all of it at each check, while a job fills it with thousands. And of a table that has grown
    since anybody looked it expects little, so it would read all of it for two thousand keys, with
    PostgreSQL's parallel workers, which take the processor of the next chunk. Until the end of
    the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DISCARD PLANS; SET LOCAL enable_seqscan = off;"
            " SET LOCAL random_page_cost = 1; SET LOCAL max_parallel_workers_per_gather = 0"
        )


def delete_in_steps(rows: models.QuerySet[Any]) -> int:
    """Delete `rows`, in their order, a thousand at a time; returns how many rows they were.

    Each thousand is a transaction of its own where none is open: whoever waits for one of the
    rows waits for few, and a worker that is killed has done what it did.
    """
    deleted = 0
    while some := list(rows.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        rows.model._default_manager.filter(pk__in=some).delete()  # noqa: SLF001 - documented API
        deleted += len(some)
    return deleted


def _defaults(model: type[models.Model], given: Container[str]) -> dict[str, Any]:
    """What the columns that are not given hold; the key is left to its sequence.

    None of them is null, nor the database's own default: that is what it puts where it is told
    nothing.
    """
    defaults = {
        field.column: _default(field)
        for field in model._meta.concrete_fields  # noqa: SLF001
        if field.column and field.column not in given and not field.primary_key
    }
    return {column: value for column, value in defaults.items() if value is not None}


def _written_once(value: object) -> object:
    """Days and instants as text: they cost more to write than anything else in a row."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _default(field: models.Field[Any, Any]) -> Any:
    if field.has_db_default() and not field.has_default():
        return None
    value = field.get_default()
    if isinstance(field, models.JSONField) and value is not None:
        return json_text(value)
    return value
