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
    from contextlib import AbstractContextManager

PROCESSES = 2
# What settings for production ask for beside the services (benchmarks/place.py names those).
PRODUCTION = {
    "SECRET_KEY": "for-measurements-only-and-long-enough-for-every-check-of-django",
    "ALLOWED_HOSTS": "127.0.0.1",
    "PORTAL_ADDRESS": "https://127.0.0.1",
    "MAIL_URL": "smtp://127.0.0.1:25",
    "DEFAULT_FROM_EMAIL": "portal@example.com",
    "ADVICE_ADDRESS": "advice@example.com",
}
FROM_PROXY = {"X-Forwarded-Proto": "https"}  # where TLS ends
SECONDS_TO_START = 120


class Server(NamedTuple):
    port: int
    processes: tuple[int, ...]  # that answer


@contextmanager
def serving(
    settings: str = "portal.settings.production", application: str = "portal.wsgi:application"
) -> Iterator[Server]:
    port = _free_port()
    # Its files are collected in an image, and nobody asks for any here.
    arguments = ["-W", "ignore:No directory at"]
    arguments += ["-m", "granian", "--interface=wsgi", application]
    arguments += ["--host=127.0.0.1", f"--port={port}", f"--workers={PROCESSES}"]
    arguments += ["--blocking-threads=1", "--log-level=error"]
    environment = os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": settings}
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=Path(__file__).parent.parent, env=environment
    )
    try:
        _wait_for(port)
        yield Server(port, _children_of(process.pid))
    finally:
        process.terminate()
        process.wait()


def serving_twins() -> AbstractContextManager[Server]:
    return serving("benchmarks.twins", "benchmarks.twin_wsgi:application")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    """Until each process answers: it loads the portal first, while its socket is open already.

    Who gets a connection is chance: of so many each process gets some.
    """
    until = time.monotonic() + SECONDS_TO_START
    for _connection in range(8 * PROCESSES):
        while not _answers(port):
            assert time.monotonic() < until, "The server did not start."
            time.sleep(0.2)


def _answers(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_START)
    try:
        client.request("GET", "/healthz", headers=FROM_PROXY)
        client.getresponse().read()
    except OSError:
        return False
    finally:
        client.close()
    return True


def _children_of(process: int) -> tuple[int, ...]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return tuple(map(int, text.split()))
