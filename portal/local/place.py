"""Where the local portal keeps its things, and what keeps two of them apart.

Standard library only: used before there is a virtual environment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typing import IO

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL = ROOT / ".local"
HOST = "127.0.0.1"
SECONDS_FOR_A_DYING_RUN = 3


class StartRefused(Exception):
    """Something is in the way; the message is one sentence for the person at the keyboard."""

    opening = "Cannot start"


class CannotGoOn(StartRefused):
    """It ran, and something it cannot do without has ended."""

    opening = "Stopped"


def say(sentence: str) -> None:
    """Tell the person at the keyboard, at once even when the output is a pipe."""
    with suppress(OSError):  # the terminal may be gone, and yet everything must be stopped
        print(sentence, flush=True)


def give_up(refusal: StartRefused) -> NoReturn:
    print(f"{refusal.opening}: {refusal}", file=sys.stderr, flush=True)
    raise SystemExit(1)


def port_to_serve() -> int:
    """The port pages are served on: PORT, or 8000.

    Raises StartRefused when PORT is not a port.
    """
    asked = os.environ.get("PORT") or "8000"
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked) <= 65535:
        raise StartRefused(f"PORT={asked} is not a port; choose a number from 1 to 65535.")
    return int(asked)


def require_free_port(port: int) -> None:
    """Raises StartRefused while something else answers on the port.

    A run that was killed a moment ago is given time to let go.
    """
    until = time.monotonic() + SECONDS_FOR_A_DYING_RUN
    while (reason := _why_not_bound(port)) is not None:
        if time.monotonic() > until:
            raise StartRefused(reason)
        time.sleep(0.2)


def _why_not_bound(port: int) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            return f"port {port} is for the administrator only; choose another: make run PORT=8001."
        except OSError:
            return (
                f"port {port} on {HOST} is taken by another program (perhaps another `make run`);"
                f" stop it, or choose another: make run PORT={8001 if port == 8000 else port + 1}."
            )
    return None


def free_port() -> int:
    """A port nobody uses now, for a service of our own."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def own_port(name: str) -> int:
    """The port that a service of ours had at the last run, else one that nobody uses now.

    Addresses that people or rows remember go on leading there while nobody else takes it.
    """
    kept = LOCAL / f"{name}-port"
    try:
        port = int(kept.read_text(encoding="ascii"))
        if _why_not_bound(port) is None:
            return port
    except (OSError, ValueError, OverflowError):
        pass
    port = free_port()
    LOCAL.mkdir(exist_ok=True)
    kept.write_text(f"{port}\n", encoding="ascii")
    return port


def claim(note: str) -> IO[str]:
    """Make this the only run of this clone for as long as the returned file stays open.

    Raises StartRefused with the other run's note (its address and process).
    """
    LOCAL.mkdir(exist_ok=True)
    claimed = (LOCAL / "run.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        claimed.seek(0)
        other = claimed.read().strip() or "starting"
        claimed.close()
        raise StartRefused(
            f"the portal of this directory runs already ({other}); stop that one with Ctrl-C first."
        ) from None
    claimed.truncate(0)
    claimed.write(note)
    claimed.flush()
    return claimed


def refuse_second_run() -> None:
    """Raises StartRefused when this clone's portal runs already; claims nothing."""
    if (LOCAL / "run.lock").exists():
        claim("").close()


def open_place() -> Path:
    """A directory of this clone's own that every user of the machine can pass through.

    For the administrator (root) only: PostgreSQL refuses to run as root and needs another
    user's way to its files, which a clone below a closed directory does not give.
    """
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return Path("/var/lib/expander-services-portal") / name
