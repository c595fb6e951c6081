"""A migration waits for a table no longer than others can wait behind it, and begins where the
database is at a place that this version knows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Djangos
from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from portal.management.commands import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader() -> Iterator[psycopg.Connection]:
    """Reads a table in a transaction that goes on, as a dump does."""
    with psycopg.connect(**connection.get_connection_params()) as another:
        another.execute("SELECT FROM customers_tenant LIMIT 1")
        yield another
        another.rollback()


@pytest.fixture
def altered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each time became of a migration that wants the table for itself."""
    times: list[bool] = []

    def alter(*_args: object, **_options: object) -> None:
        times.append(False)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE customers_tenant IN ACCESS EXCLUSIVE MODE")
        times[-1] = True

    monkeypatch.setattr(Djangos, "handle", alter)
    monkeypatch.setattr(migrate, "TABLE_MILLISECONDS", 100)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    return times


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (found,) = cursor.fetchone()
    return str(found)


def test_it_is_tried_again_until_the_table_is_free(
    reader: psycopg.Connection, altered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: reader.rollback())

    call_command("migrate", verbosity=0)

    assert altered == [False, True]
    assert lock_timeout() == "0"


def test_it_says_so_when_the_table_is_never_free(
    reader: psycopg.Connection, altered: list[bool]
) -> None:
    with pytest.raises(CommandError, match="run it again"):
        call_command("migrate", verbosity=0)

    assert altered == [False] * migrate.TIMES
    assert lock_timeout() == "0"


def test_another_failure_is_what_it_is(
    altered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        altered.append(False)
        raise OperationalError("the disk is full")

    monkeypatch.setattr(Djangos, "handle", fail)

    with pytest.raises(OperationalError, match="disk"):
        call_command("migrate", verbosity=0)

    assert altered == [False]


FIRST_RELEASE = Q(name="0001_first_release")
LAST_OF_DOCUMENTS = Q(app="documents", name="0009_e_invoices_given_up")


def forget(applied: Q) -> None:
    MigrationRecorder(connection).migration_qs.filter(applied).delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lacks", "count"),
    [
        pytest.param(LAST_OF_DOCUMENTS, 1, id="the last of an app"),
        pytest.param(Q(app="documents"), 9, id="an app as a whole"),
    ],
)
def test_a_database_left_before_the_first_release_is_refused(
    lacks: Q, count: int, altered: list[bool]
) -> None:
    forget(FIRST_RELEASE | lacks)

    with pytest.raises(CommandError, match=rf"lacks {count} of .*, documents\.000"):
        call_command("migrate", verbosity=0)

    assert altered == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lacks",
    [
        pytest.param(FIRST_RELEASE, id="at the last version before the first release"),
        pytest.param(Q(app="documents"), id="a new one that is not through yet"),
        pytest.param(Q(), id="an empty one"),
    ],
)
def test_what_the_first_release_can_go_on_with_is_taken(lacks: Q) -> None:
    forget(lacks)

    assert migrate.left_halfway(connection) == []
