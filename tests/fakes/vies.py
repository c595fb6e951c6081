"""The register of VAT numbers on this machine: answers as it is told, and keeps what it is asked.

Its answers have the shape of the real one's REST interface.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

from billing.vies.asking import ask, due_at
from billing.vies.register import open_register

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

type Answer = tuple[int, bytes]


def valid(number: str = "WAPIAAAAZ9xLmN01", **told: str) -> Answer:
    """Germany tells neither name nor address."""
    told = {"name": "---", "address": "---"} | told
    return _answer(200, {"valid": True, "requestIdentifier": number, **told})


def invalid() -> Answer:
    return _answer(200, {"valid": False, "requestIdentifier": "", "name": "---", "address": "---"})


def silent(word: str = "MS_UNAVAILABLE", status: int = 200) -> Answer:
    return _answer(status, {"actionSucceed": False, "errorWrappers": [{"error": word}]})


@dataclass
class FakeVies:
    """`answers` by member state and number ("DE999999903"), else by member state, else "": all."""

    port: int
    answers: dict[str, Answer] = field(default_factory=lambda: {"": valid()})
    drip_seconds: float = 0  # between single bytes of an answer
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/vies/rest-api"

    @property
    def numbers(self) -> list[str]:
        return [each["countryCode"] + each["vatNumber"] for each in self.asked]

    def answer_to(self, question: dict[str, str]) -> Answer:
        state = question["countryCode"]
        keys = (state + question["vatNumber"], state, "")
        return next(self.answers[key] for key in keys if key in self.answers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    vies: FakeVies

    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody hung up; that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        vies = cast("_Server", self.server).vies
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        vies.asked.append(question)
        vies.paths.append(self.path)
        status, body = vies.answer_to(question)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body if vies.drip_seconds else ():
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(vies.drip_seconds)
        if not vies.drip_seconds:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nobody reads it."""


def ask_all(at: dt.datetime) -> int:
    """About all that is due, of the register in the settings; returns about how many."""
    asked = 0
    with open_register() as register:
        while now := sum(ask(register, due, at=at) for due in due_at(at, limit=2)):
            asked += now
    return asked


@contextmanager
def answering() -> Iterator[FakeVies]:
    """The register while the block lasts."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.vies = FakeVies(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.vies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(status: int, content: dict[str, Any]) -> Answer:
    return status, json.dumps(content).encode()
