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
    import datetime as dt
    from collections.abc import Iterator

__all__ = ["Answer", "Line", "open_line"]

LIMITS = lines.Limits(
    longest=4_000_000,  # a page of a thousand tenants takes a quarter of it
    quiet_seconds=5,
    deadline_seconds=20,
)


class Line:
    """Requests one after the other over one connection. Not for two threads at once.

    Ids make it harmless that a request may be made twice.
    """

    def __init__(self, base: str) -> None:
        self._line = lines.Line(base, LIMITS)

    def post(self, path: str, content: Any, *, message_id: uuid.UUID, at: dt.datetime) -> Answer:
        """`at` is the real instant: what is signed too long ago, or ahead, is refused."""
        body = json.dumps(content)
        return self._line.say("POST", path, body, _signed(body, message_id, at))

    def get(self, path: str, *, at: dt.datetime) -> Answer:
        """A question is signed too: over the path with its query, for it has no body."""
        signed = _signed(self._line.prefix + path, uuid.uuid4(), at)
        return self._line.say("GET", path, "", signed)

    def close(self) -> None:
        self._line.close()


@contextmanager
def open_line() -> Iterator[Line]:
    line = Line(settings.OPERATION_CENTER_URL)
    try:
        yield line
    finally:
        line.close()


def _signed(content: str, message_id: uuid.UUID, at: dt.datetime) -> dict[str, str]:
    return signed_headers(
        str(message_id), content, with_secrets=settings.OPERATION_CENTER_SECRETS, at=at
    )
