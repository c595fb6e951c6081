"""One connection to the Operation Center, kept open for as long as there is something to say.

Only to the address of the settings: no redirect is followed and no proxy of the environment
asked. An answer is read up to a limit, in a limited time.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from subscriptions.provisioning.signing import signed_headers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

LONGEST_ANSWER = 4_000_000  # bytes: a page of a thousand tenants takes a quarter of it
CONNECT_SECONDS = 5
DEADLINE_SECONDS = 20  # for all of one exchange, however slowly it drips


@dataclass(frozen=True)
class Answer:
    """What the platform said, or the trouble that it said nothing."""

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
        except ValueError:
            return None


class Line:
    """Requests one after the other over one connection. Not for two threads at once."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the address of an Operation Center: {base}")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
        self._prefix = parts.path.rstrip("/")

    def post(self, path: str, content: Any, *, message_id: uuid.UUID, at: dt.datetime) -> Answer:
        """`at` is the real instant: what is signed too long ago, or ahead, is refused."""
        return self._say("POST", path, json.dumps(content), message_id, at)

    def get(self, path: str, *, at: dt.datetime) -> Answer:
        """A question is signed too: over the path with its query, for it has no body."""
        return self._say("GET", path, "", uuid.uuid4(), at)

    def close(self) -> None:
        self._connection.close()

    def _say(
        self, method: str, path: str, body: str, message_id: uuid.UUID, at: dt.datetime
    ) -> Answer:
        path = self._prefix + path
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Expander-Services-Portal/1",
            "Accept-Encoding": "identity",
            **signed_headers(
                str(message_id),
                body or path,
                with_secrets=settings.OPERATION_CENTER_SECRETS,
                at=at,
            ),
        }
        begun = time.monotonic()
        kept = self._connection.sock is not None
        try:
            try:
                status, answer = self._exchange(method, path, body, headers)
            except (ConnectionError, HTTPException):
                if not kept:
                    raise
                # The other side closed what was kept open, as it may; ids make a repeat harmless.
                self.close()
                status, answer = self._exchange(method, path, body, headers)
        except (OSError, HTTPException) as failure:
            self.close()
            return Answer(None, trouble=_words(failure), duration_ms=_since(begun))
        if len(answer) > LONGEST_ANSWER:
            self.close()
            return Answer(None, trouble="answer too long", duration_ms=_since(begun))
        return Answer(status, answer, duration_ms=_since(begun))

    def _exchange(
        self, method: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        with self._deadline():
            self._connection.request(method, path, body.encode() or None, headers)
            response = self._connection.getresponse()
            return response.status, response.read(LONGEST_ANSWER + 1)

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Hang up when the time is over: a limit per byte alone lets a sender drip for ever."""
        passed = threading.Event()

        def hang_up() -> None:
            passed.set()
            if self._connection.sock is not None:
                with suppress(OSError):  # closed meanwhile
                    self._connection.sock.shutdown(SHUT_RDWR)

        timer = threading.Timer(DEADLINE_SECONDS, hang_up)
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


@contextmanager
def open_line() -> Iterator[Line]:
    line = Line(settings.OPERATION_CENTER_URL)
    try:
        yield line
    finally:
        line.close()


def _words(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"[:300]


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
