"""What processes computed, read from the system: wall time says little on a busy machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

_TICKS = os.sysconf("SC_CLK_TCK")  # a second


def seconds_of(processes: Iterable[int]) -> float:
    """User and system time of those that are still there, with all their threads."""
    return sum(stat.computed for pid in processes if (stat := _stat(pid))) / _TICKS


def seconds_of_server() -> float:
    """Of all of PostgreSQL's so far, those that are gone included; 0 where it runs elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    own = _stat(backend)
    if own is None:
        return 0.0
    server = own.parent
    children = [
        stat
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and (stat := _stat(int(process.name))) and stat.parent == server
    ]
    postmaster = _stat(server)
    ended = postmaster.with_ended_children if postmaster else 0
    return (ended + sum(child.computed for child in children)) / _TICKS


class _Stat:
    """Of /proc/<pid>/stat, what counts here; times in ticks."""

    def __init__(self, fields: list[str]) -> None:
        self.parent = int(fields[1])
        user, system, ended_user, ended_system = map(int, fields[11:15])
        self.computed = user + system
        self.with_ended_children = self.computed + ended_user + ended_system


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return _Stat(text.rpartition(")")[2].split())
