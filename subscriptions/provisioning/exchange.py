"""What is said to the Operation Center: signed, one thing after the other over one connection."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from customers import lines
from customers.lines import Answer
from subscriptions.provisioning.signing import signed_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.clock import Clock

__all__ = ["Answer", "Line", "open_line"]

LIMITS = lines.Limits(
    longest=4_000_000,  # a page of a thousand tenants takes a quarter of it
    quiet_seconds=5,
    deadline_seconds=20,
)


class Line:
    """Requests one after the other over one connection. Not for two threads at once.

    Ids make it harmless that a request may be made twice. Each is signed at its own instant by
    the real clock: what is signed more than five minutes ago, or ahead, is refused.
    """

    def __init__(self, base: str, real_now: Clock) -> None:
        self._line = lines.Line(base, LIMITS)
        self._real_now = real_now

    def post(self, path: str, content: Any, *, message_id: uuid.UUID) -> Answer:
        body = json.dumps(content)
        return self._line.say("POST", path, body, self._signed(body, message_id))

    def get(self, path: str) -> Answer:
        """A question is signed too: over the path with its query, for it has no body."""
        signed = self._signed(self._line.prefix + path, uuid.uuid4())
        return self._line.say("GET", path, "", signed)

    def close(self) -> None:
        self._line.close()

    def _signed(self, content: str, message_id: uuid.UUID) -> dict[str, str]:
        secrets = settings.OPERATION_CENTER_SECRETS
        return signed_headers(str(message_id), content, with_secrets=secrets, at=self._real_now())


@contextmanager
def open_line(real_now: Clock) -> Iterator[Line]:
    line = Line(settings.OPERATION_CENTER_URL, real_now)
    try:
        yield line
    finally:
        line.close()
