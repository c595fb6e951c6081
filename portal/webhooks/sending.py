"""Attempts: requests to judged addresses, and the first bytes of what is answered."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, Self

from urllib3.exceptions import NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as NoAnswerInTime
from urllib3.util import Timeout

from portal.webhooks import addresses
from portal.webhooks.models import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import HTTPConnectionPool

    from portal.webhooks.addresses import Judged

CONNECT_SECONDS = 5
READ_SECONDS = 10  # from one byte to the next
DEADLINE_SECONDS = 15  # for all of it, however slowly it drips
KEPT_BYTES = 1024  # of the answer

ALWAYS = {
    "Content-Type": "application/json",
    "User-Agent": "Expander-Services-Webhooks/1",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True)
class Outcome:
    """An answer, or the trouble that there was none."""

    status: int | None = None
    trouble: str = ""
    answer: str = ""
    duration_ms: int = 0

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Lines:
    """The lines that are open at a time, and one thread that hangs up on whoever takes too long.

    A limit per byte alone lets a receiver drip for ever.
    """

    def __init__(self) -> None:
        self._open: set[Line] = set()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._hang_up_in_time, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._watch.join()

    @contextmanager
    def open(self) -> Iterator[Line]:
        """A line for one thread, closed at the end of the block."""
        line = Line()
        self._open.add(line)
        try:
            yield line
        finally:
            self._open.discard(line)
            line.close()

    def _hang_up_in_time(self) -> None:
        while not self._over.wait(DEADLINE_SECONDS / 30):
            for line in tuple(self._open):
                line.hang_up_if_late()


class Line:
    """Messages one after the other, over a connection that is kept while it leads to where the
    address was judged to lead. Every message has its address judged anew.
    """

    def __init__(self) -> None:
        self._session = addresses.connections()
        self._connections: list[Any] = []
        self._until: float | None = None
        self._is_late = False

    def post(self, address: str, body: str, headers: Mapping[str, str]) -> Outcome:
        """Send it once. Follows nothing, asks no proxy, and says what happened, never raises."""
        begun = time.monotonic()
        self._is_late, self._until = False, begun + DEADLINE_SECONDS
        try:
            status, answer = self._answer_of(address, body, headers)
        except Exception as failure:  # noqa: BLE001 - whatever a stranger's server makes us raise
            return Outcome(trouble=self._trouble_of(failure), duration_ms=_since(begun))
        finally:
            self._until = None
        if self._is_late:
            return Outcome(trouble=Attempt.Trouble.TIMED_OUT.value, duration_ms=_since(begun))
        return Outcome(status=status, answer=answer, duration_ms=_since(begun))

    def hang_up_if_late(self) -> None:
        """For another thread to call, while `post` waits."""
        if self._until is None or time.monotonic() < self._until:
            return
        self._is_late = True
        for connection in self._connections:
            if connection.sock is not None:
                with suppress(OSError):  # closed meanwhile
                    connection.sock.shutdown(SHUT_RDWR)

    def close(self) -> None:
        self._session.close()

    def _answer_of(self, address: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
        judged = addresses.judged(address, self._session)
        self._remember_connections_of(judged.pool)
        is_kept = any(each.sock is not None for each in self._connections)
        try:
            return _exchange(judged, body, headers)
        except ProtocolError:
            if not is_kept or self._is_late:
                raise
            # The receiver closed what was kept open, as it may; the id makes a repeat harmless.
            return _exchange(judged, body, headers)

    def _remember_connections_of(self, pool: HTTPConnectionPool) -> None:
        connect = pool.ConnectionCls
        if getattr(connect, "is_remembered", False):
            return

        def remembered(**how: Any) -> Any:
            self._connections.append(connect(**how))
            return self._connections[-1]

        remembered.is_remembered = True  # type: ignore[attr-defined]
        pool.ConnectionCls = remembered  # type: ignore[assignment]

    def _trouble_of(self, failure: Exception) -> str:
        return (Attempt.Trouble.TIMED_OUT if self._is_late else _trouble(failure)).value


def _exchange(judged: Judged, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    response = judged.pool.urlopen(
        "POST",
        judged.path,
        body=body.encode(),
        headers={**ALWAYS, "Host": judged.host, **headers},
        redirect=False,
        retries=False,
        assert_same_host=False,
        preload_content=False,
        decode_content=False,
        timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )
    with closing(response):
        # One byte more: what ends before it has been read whole, and keeps its connection.
        answer = response.read(KEPT_BYTES + 1, decode_content=False)[:KEPT_BYTES]
    return response.status, answer.decode(errors="replace").replace("\x00", "")


def _trouble(failure: Exception) -> Attempt.Trouble:
    match failure:
        case addresses.AddressInternal() | addresses.AddressMalformed():
            return Attempt.Trouble.ADDRESS_REFUSED
        case addresses.AddressNotFound():
            return Attempt.Trouble.NOT_FOUND
        case NewConnectionError():  # urllib3 counts it among those without an answer in time
            return Attempt.Trouble.CONNECTION
        case NoAnswerInTime():
            return Attempt.Trouble.TIMED_OUT
        case SSLError() | ssl.SSLError():
            return Attempt.Trouble.TLS
        case _:
            return Attempt.Trouble.CONNECTION


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
