"""One attempt: one request to one judged address, and the first bytes of what it answers."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as NoAnswerInTime
from urllib3.util import Timeout

from portal.webhooks import addresses
from portal.webhooks.models import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import HTTPConnectionPool

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


def attempt(address: str, body: str, headers: Mapping[str, str]) -> Outcome:
    """Send it once. Follows nothing, asks no proxy, and says what happened instead of raising."""
    begun = time.monotonic()
    try:
        status, answer = _answer_of(address, body, headers)
    except Exception as failure:  # noqa: BLE001 - whatever a stranger's server makes us raise
        return Outcome(trouble=_trouble(failure).value, duration_ms=_since(begun))
    return Outcome(status=status, answer=answer, duration_ms=_since(begun))


def _answer_of(address: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    judged = addresses.judged(address)
    with closing(judged.pool), _deadline(judged.pool):
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
            answer = response.read(KEPT_BYTES, decode_content=False)
    return response.status, answer.decode(errors="replace").replace("\x00", "")


class _DeadlinePassed(Exception):
    pass


@contextmanager
def _deadline(pool: HTTPConnectionPool) -> Iterator[None]:
    """Hang up when the time is over: a limit per byte alone lets a receiver drip for ever."""
    connections: list[Any] = []
    passed = threading.Event()
    connect = pool.ConnectionCls

    def remembered(**how: Any) -> Any:
        connections.append(connect(**how))
        return connections[-1]

    def hang_up() -> None:
        passed.set()
        for connection in connections:
            if connection.sock is not None:
                with suppress(OSError):  # closed meanwhile
                    connection.sock.shutdown(SHUT_RDWR)

    pool.ConnectionCls = remembered  # type: ignore[assignment]
    timer = threading.Timer(DEADLINE_SECONDS, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as failure:
        if passed.is_set():
            raise _DeadlinePassed from failure
        raise
    finally:
        timer.cancel()
    if passed.is_set():
        raise _DeadlinePassed


def _trouble(failure: Exception) -> Attempt.Trouble:
    match failure:
        case addresses.AddressInternal() | addresses.AddressMalformed():
            return Attempt.Trouble.ADDRESS_REFUSED
        case addresses.AddressNotFound():
            return Attempt.Trouble.NOT_FOUND
        case NewConnectionError():  # urllib3 counts it among those without an answer in time
            return Attempt.Trouble.CONNECTION
        case _DeadlinePassed() | NoAnswerInTime():
            return Attempt.Trouble.TIMED_OUT
        case SSLError() | ssl.SSLError():
            return Attempt.Trouble.TLS
        case _:
            return Attempt.Trouble.CONNECTION


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
