"""PostgreSQL and Redis for one run of the suite."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from portal.local import embedded

if TYPE_CHECKING:
    from portal.local.programs import Running


class Servers:
    """What DATABASE_URL and REDIS_URL name, or else services of this run's own.

    Their own live in a directory that is removed afterwards. Unless `durable` they write nothing
    through to the disk: a test database need not survive a power cut. The tests empty the Redis
    database they are given.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._running: list[Running] = []
        self._directory: Path | None = None

    @property
    def database_url(self) -> str:
        return os.environ["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return os.environ["REDIS_URL"]

    def start(self) -> None:
        if not os.environ.get("DATABASE_URL"):
            postgres = embedded.Postgres(self._own_directory() / "postgres", durable=self._durable)
            self._running.append(postgres.start("portal"))
            os.environ["DATABASE_URL"] = postgres.url
        if not os.environ.get("REDIS_URL"):
            valkey = embedded.Valkey(self._own_directory() / "valkey")
            self._running.append(valkey.start())
            os.environ["REDIS_URL"] = valkey.url

    def divide(self, worker: str | None) -> None:
        """Give each of several test processes (xdist's `gw0`, `gw1`, …) a Redis database.

        It counts on from the one REDIS_URL names. pytest-django does the same for PostgreSQL.
        """
        if worker is None:
            return
        parts = urlsplit(self.redis_url)
        first = int(parts.path.strip("/") or 0)
        number = first + int(worker.removeprefix("gw"))
        os.environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{number}"))

    def stop(self) -> None:
        while self._running:
            self._running.pop().stop()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _own_directory(self) -> Path:
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="portal-tests-"))
            self._directory.chmod(0o755)  # PostgreSQL may run as another user (see accounts.py)
        return self._directory
