"""One connection to another program, kept open for as long as there is something to say.

Only to the address it was opened with: no redirect is followed and no proxy of the environment
asked. An answer is read up to a limit, in a limited time.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALWAYS = {
    "Content-Type": "application/json",
    "User-Agent": "Expander-Services-Portal/1",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True)
class Limits:
    """Of an answer: bytes, seconds from one byte to the next, seconds for all of it."""

    longest: int
    quiet_seconds: float
    deadline_seconds: float


@dataclass(frozen=True)
class Answer:
    """What the other side said, or the trouble that it said nothing."""

    status: int | None
    body: bytes = b""
    trouble: str = ""
    duration_ms: int = 0

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace").replace("\x00", "")

    def json(self) -> Any:
        """What it holds, or None when that is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Line:
    """Requests one after the other over one connection. Not for two threads at once."""

    def __init__(self, base: str, limits: Limits) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an address that can be asked: {base}")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=limits.quiet_seconds)
        self._limits = limits
        self.prefix = parts.path.rstrip("/")

    def say(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        """The answer to one request, below the address of the line. Never raises.

        It is made once more when the other side has closed the connection that was kept.
        """
        path = self.prefix + path
        begun = time.monotonic()
        kept = self._connection.sock is not None
        try:
            try:
                status, answer = self._exchange(method, path, body, headers)
            except (ConnectionError, HTTPException):
                if not kept:
                    raise
                self.close()
                status, answer = self._exchange(method, path, body, headers)
        except (OSError, HTTPException) as failure:
            self.close()
            return Answer(None, trouble=_words(failure), duration_ms=_since(begun))
        if len(answer) > self._limits.longest:
            self.close()
            return Answer(None, trouble="answer too long", duration_ms=_since(begun))
        return Answer(status, answer, duration_ms=_since(begun))

    def close(self) -> None:
        self._connection.close()

    def _exchange(
        self, method: str, path: str, body: str, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        with self._deadline():
            self._connection.request(method, path, body.encode() or None, {**ALWAYS, **headers})
            response = self._connection.getresponse()
            return response.status, response.read(self._limits.longest + 1)

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Hang up when the time is over: a limit per byte alone lets a sender drip for ever."""
        passed = threading.Event()

        def hang_up() -> None:
            passed.set()
            if self._connection.sock is not None:
                with suppress(OSError):  # closed meanwhile
                    self._connection.sock.shutdown(SHUT_RDWR)

        timer = threading.Timer(self._limits.deadline_seconds, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, HTTPException) as failure:
            if passed.is_set():
                raise TimeoutError("no answer in time") from failure
            raise
        finally:
            timer.cancel()
        if passed.is_set():
            raise TimeoutError("no answer in time")


def _words(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"[:300]


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
