"""Whom PostgreSQL runs as, and which files that account can reach.

PostgreSQL refuses to run as root. As root it therefore runs as `nobody`, who must be able to
pass every directory above its programs and its data. Nothing the person owns is opened for
that: when the clone is closed to others, programs and data go to a place that is open anyway.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.local import place

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def can(self, test: str, path: Path) -> bool:
        """Whether the account may do to `path` what test(1) asks: "-x" pass, "-r" read."""
        probe = subprocess.run(
            ["test", test, str(path)],
            check=False,
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=[],
        )
        return probe.returncode == 0

    def owns(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def for_postgres() -> Account | None:
    """None: run as the person who runs this. Raises StartRefused when root has no substitute."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise place.StartRefused(
            "PostgreSQL does not run as root and this machine has no user `nobody` to run it as;"
            " run as another user, or set DATABASE_URL."
        ) from None
    return Account("nobody", entry.pw_uid, entry.pw_gid)


def reachable_programs(programs: Path, account: Account | None) -> Path:
    """The installation that `programs` is, or an open copy of it when `account` cannot read it."""
    if account is None or all(
        account.can("-r", programs / part) and account.can("-x", programs / part)
        for part in ("bin/postgres", "bin", "lib", "share")
    ):
        return programs
    copy = place.open_place() / "programs"
    if not (copy / "bin" / "postgres").exists():
        make_open(copy.parent)
        shutil.copytree(programs, copy, dirs_exist_ok=True)
        # Whatever umask installed them, the copies must be readable.
        subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
    return copy


def reachable_directory(wanted: Path, account: Account | None) -> Path:
    """`wanted`, or where the account can reach it when it is closed. The parent exists then."""
    make_open(wanted.parent)
    if account is None or account.can("-x", wanted.parent):
        return wanted
    open_directory = place.open_place() / wanted.name
    make_open(open_directory.parent)
    return open_directory


def make_open(directory: Path) -> None:
    """Make the directory; whatever the umask, what is made anew here can be passed through."""
    if directory.exists():
        return
    make_open(directory.parent)
    directory.mkdir()
    directory.chmod(0o755)
