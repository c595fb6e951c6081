"""A database of the benchmarks' own, made and dropped by themselves; facts about the machine."""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Iterator


LEAVE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def own_database() -> Iterator[None]:
    """As the tests do it: on the server of DATABASE_URL, or on one of its own."""
    services = Servers(durable=True)  # a commit costs what it costs
    services.start()
    try:
        django.setup()
        from django.db import connection

        connection.settings_dict["TEST"]["NAME"] = name = "portal_benchmark"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        base, mark, options = os.environ["DATABASE_URL"].partition("?")
        # For the processes that share the work.
        os.environ["DATABASE_URL"] = f"{base.rpartition('/')[0]}/{name}{mark}{options}"
        yield
        with connection.cursor() as cursor:  # whoever is still on the way out
            cursor.execute(LEAVE)
        connection.creation.destroy_test_db("", verbosity=0)
    finally:
        services.stop()


def facts() -> list[tuple[str, str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return [
        ("Processor", _processor()),
        ("Cores", f"{os.cpu_count()}, shared with PostgreSQL"),
        ("Python, Django", f"{platform.python_version()}, {django.__version__}"),
        ("PostgreSQL", f"{version.partition(' ')[0]}, fsync {fsync}"),
        ("Load before the start", f"{os.getloadavg()[0]:.1f} (0 is an idle machine)"),
    ]


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
