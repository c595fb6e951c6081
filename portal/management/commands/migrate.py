from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import LockNotAvailable

from customers.locks import TABLE_MILLISECONDS

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

PAUSE_SECONDS = 10
TIMES = 20


class Command(migrate.Command):
    """Django's, which waits for a table no longer than others can wait behind it.

    A migration that gets no lock is taken back whole, and tried again; those before it stay.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if lacking := left_halfway(connection):
            raise CommandError(
                f"This database lacks {len(lacking)} of the migrations before the first release,"
                f" {lacking[0]} for one, and this version has them no more: migrate with the last"
                " version that does, and then with this one (docs/decisions/0027)."
            )
        for _time in range(TIMES):
            try:
                self._migrate(connection, *args, **options)
            except OperationalError as failure:
                if not isinstance(failure.__cause__, LockNotAvailable):
                    raise
            else:
                return
            self.stderr.write(
                f"A table is in use for long, and others waited. Again in {PAUSE_SECONDS} seconds."
            )
            time.sleep(PAUSE_SECONDS)
        raise CommandError(
            "A table was in use all the time, by a dump or a long query perhaps. What was applied"
            " before stays applied: run it again when that is over."
        )

    def _migrate(self, connection: BaseDatabaseWrapper, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {TABLE_MILLISECONDS}")
        try:
            super().handle(*args, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def left_halfway(connection: BaseDatabaseWrapper) -> list[str]:
    """What a database lacks of migrations that are gone, when an earlier version began with them.

    Django would drop what replaces them from its plan, and find nothing to do.
    """
    made = MigrationLoader(None).disk_migrations
    applied = MigrationRecorder(connection).applied_migrations()
    gone = {key: [each for each in made[key].replaces if each not in made] for key in made}
    if not any(key not in applied and applied.keys() & set(gone[key]) for key in made):
        return []  # a new one has what replaces them, and is not through with it perhaps
    lacking = {each for key in made for each in gone[key]} - applied.keys()
    return [f"{label}.{name}" for label, name in sorted(lacking)]
