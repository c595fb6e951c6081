"""A receiver of webhooks on this machine: keeps what comes and answers as it is told."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: str


@dataclass
class Receiver:
    """`answers` are given in turn, the last one from then on."""

    port: int
    answers: list[int] = field(default_factory=lambda: [200])
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b"thank you"
    drip_seconds: float = 0  # between single bytes of the answer, its headers included
    hangs_up_after: int = 0  # so many messages on a connection, without a word
    connections: int = 0
    received: list[Received] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def bodies(self) -> list[str]:
        return [each.body for each in self.received]

    def next_answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody hung up; that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answered = 0

    def setup(self) -> None:
        super().setup()
        cast("_Server", self.server).receiver.connections += 1

    def do_POST(self) -> None:
        receiver = cast("_Server", self.server).receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.received.append(Received(self.path, headers, body))
        if receiver.drip_seconds:
            self._drip(receiver)
            return
        self.send_response(receiver.next_answer())
        for name, value in receiver.answer_headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(receiver.answer_body)))
        self.end_headers()
        self.wfile.write(receiver.answer_body)
        self.answered += 1
        if self.answered == receiver.hangs_up_after:
            self.close_connection = True

    def _drip(self, receiver: Receiver) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(receiver.drip_seconds)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nobody reads it."""


@contextmanager
def listening(certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver while the block lasts; with a certificate (and key in the same file) over TLS."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = Receiver(server.server_address[1])
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
