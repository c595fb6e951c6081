"""The process: HTTP in, SQLite underneath, one thread a connection."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from portal.operation_center import calls, contract, controls, hearing, pages, state
from portal.operation_center.contract import Reply, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS_WHEN_SLOW = 8
JSON = "application/json"


@dataclass(frozen=True)
class Settings:
    secrets: Sequence[str]  # with which the portal signs
    portal: str = ""  # its address, to tell it what happens
    own_secrets: Sequence[str] = ()  # with which that is signed
    credential: str = ""  # with which it asks about tokens
    heard_secrets: Sequence[str] = ()  # of the webhooks that come here


class OperationCenter(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], kept: state.State, settings: Settings) -> None:
        super().__init__(address, Handler)
        self.kept = kept
        self.settings = settings

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hung up before the answer, as the portal does with one that is slow, is no fault."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"


class Handler(BaseHTTPRequestHandler):
    server: OperationCenter
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True
    timeout = 60  # seconds without a request

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/tenants":
            self._answer(self._signed(self.path) or contract.report_tenants(self._kept, self.path))
        elif path == "/contacts":
            shown = self.headers.get("Authorization") or ""
            self._answer(calls.read_contacts(self._kept, self.server.settings, shown))
        elif path == "/healthz":
            self._answer(Reply(200, {"status": "ok"}))
        elif path == "/style.css":
            self._send(200, "text/css", pages.STYLE.encode())
        elif path == "/":
            said = parse_qs(urlsplit(self.path).query).get("said", [""])[0]
            self._send(200, "text/html; charset=utf-8", pages.page(self._kept, said).encode())
        else:
            self._answer(problem(404, "nothing is here"))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > contract.LARGEST_BODY:
            self.close_connection = True
            self._answer(problem(413, f"at most {contract.LARGEST_BODY} bytes"))
            return
        body = self.rfile.read(length)
        path = urlsplit(self.path).path
        if path == "/facts":
            self._answer(
                self._signed(body.decode(errors="replace")) or contract.take_facts(self._kept, body)
            )
        elif path.startswith(hearing.BELOW):
            secrets = self.server.settings.heard_secrets
            self._answer(hearing.hear(self._kept, path, dict(self.headers), body, secrets))
        elif path.startswith("/controls/") and self._is_from_own_page():
            self._control(path.rpartition("/")[2], body)
        else:
            self._answer(problem(404, "nothing is here"))

    @property
    def _kept(self) -> state.State:
        return self.server.kept

    def _signed(self, content: str) -> Reply | None:
        """What stands in the way of an answer, or None."""
        mode = self._kept.mode()
        if mode == state.FAILING:
            return problem(503, "told to fail")
        if mode == state.SLOW:
            time.sleep(SECONDS_WHEN_SLOW)
        if not contract.is_signed(dict(self.headers), content, self.server.settings.secrets):
            return problem(401, "not signed by the portal, or too long ago")
        return None

    def _control(self, what: str, body: bytes) -> None:
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        said = controls.carry_out(what, given, self._kept, self.server.settings)
        self.send_response(303)
        self.send_header("Location", f"/?said={quote(said)}" if said else "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_from_own_page(self) -> bool:
        """Another site's page may send a form here too; browsers say where it came from."""
        origin = self.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == self.headers.get("Host")

    def _answer(self, reply: Reply) -> None:
        self._send(reply.status, JSON, reply.body)

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
        )
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        """Nothing: a line for each request says nothing that the page does not."""
