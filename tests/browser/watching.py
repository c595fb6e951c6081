"""What a page must never do while somebody uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError


class Watch:
    """Listens to all pages of a context and remembers what should not have happened.

    Errors and warnings of the console (a breach of the content security policy is one), errors
    in scripts, requests that fail, answers from 400 on, and requests to any other host.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.problems: list[str] = []
        self._host = urlsplit(address).netloc
        self._expected: set[int] = set()
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def expect(self, *statuses: int) -> None:
        """From now on these answers are what the test is about."""
        self._expected = set(statuses)

    def check(self) -> None:
        """Fail when anything happened since the last time; then start afresh."""
        problems = self.take()
        assert not problems, "\n".join(problems)

    def take(self) -> list[str]:
        problems, self.problems = self.problems, []
        return problems

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # The console repeats what `_response` judges.
        if message.text.startswith("Failed to load resource: the server responded with"):
            return
        self.problems.append(f"console {message.type}: {message.text}")

    def _script(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data" and address.netloc != self._host:
            self.problems.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # A download ends the navigation that started it, and so does the next click.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.problems.append(f"answer {response.status}: {response.url}")
