"""The migrated database that each of several test processes copies, instead of migrating its own.

Another process makes it while they import and collect. Until it is ready it has another name;
when it cannot be made there is none, and who waited for it migrates, and so says why.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time

import psycopg
from psycopg.sql import SQL, Composed, Identifier

SECONDS_TO_MAKE = 300


class Template:
    """On the server where the database is that `url` names."""

    def __init__(self, url: str) -> None:
        self._url = url
        database = url.partition("?")[0].rpartition("/")[2]
        self.name = f"test_{database}_template"
        self._unready = f"{self.name}_unready"
        self._maker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to make it: ten seconds of one core."""
        self.begin()
        self._maker = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test"},
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        if self._maker is not None:
            self._maker.kill()
            self._maker.wait()
            self._maker = None
            self.drop()

    def wait(self) -> bool:
        """Whether there is one to copy, as soon as that is known."""
        until = time.monotonic() + SECONDS_TO_MAKE
        while time.monotonic() < until:
            there = self._there()
            if self._unready not in there:
                return self.name in there
            time.sleep(0.5)
        return False

    def make(self) -> None:
        """The work of the other process."""
        gc.disable()  # migrations make cycles by the thousand, and they are needed to the end
        import django
        from django.core.management import call_command
        from django.db import connection

        try:
            django.setup()
            connection.settings_dict["NAME"] = self._unready
            call_command("migrate", verbosity=0)
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]
            self.finish()
        except BaseException:
            self.drop()
            raise

    def begin(self) -> None:
        self.drop()
        self._do(SQL("CREATE DATABASE {}").format(Identifier(self._unready)))

    def finish(self) -> None:
        """Raises when somebody is still in it."""
        old, new = Identifier(self._unready), Identifier(self.name)
        self._do(SQL("ALTER DATABASE {} RENAME TO {}").format(old, new))

    def drop(self) -> None:
        for name in (self._unready, self.name):
            self._do(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def _there(self) -> set[str]:
        """In one statement, which sees either name."""
        with psycopg.connect(self._url) as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname = ANY(%s)",
                [[self.name, self._unready]],
            )
            return {name for (name,) in rows}

    def _do(self, statement: Composed) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


if __name__ == "__main__":
    Template(os.environ["DATABASE_URL"]).make()
