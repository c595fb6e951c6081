"""The portal's own web server, for a measurement: two processes, as it runs in production."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES = 2
SECONDS_TO_START = 60


class Server(NamedTuple):
    port: int
    processes: tuple[int, ...]  # that answer


@contextmanager
def serving(settings: str) -> Iterator[Server]:
    port = _free_port()
    arguments = ["-m", "granian", "--interface=wsgi", "portal.wsgi:application"]
    arguments += ["--host=127.0.0.1", f"--port={port}", f"--workers={PROCESSES}"]
    arguments += ["--blocking-threads=1", "--log-level=error"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings}
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=Path(__file__).parent.parent, env=environment
    )
    try:
        _wait_for(port)
        yield Server(port, _children_of(process.pid))
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    """Until it answers: a worker loads the portal first, while its socket is open already."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_START)
        try:
            client.request("GET", "/api/")
            client.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
        finally:
            client.close()
    raise AssertionError("The server did not start.")


def _children_of(process: int) -> tuple[int, ...]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return tuple(map(int, text.split()))
