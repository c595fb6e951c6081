"""`ETag` and `If-Match`: who changes what somebody else has changed meanwhile is refused."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from django.utils.http import parse_etags

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from ninja import Schema


def mark_of(shown: Schema) -> str:
    """Of all that it says, so that nothing in it changes unseen."""
    said = shown.model_dump_json().encode()
    return f'"{blake2b(said, digest_size=12).hexdigest()}"'


def as_seen[Row](
    request: HttpRequest, shown: Callable[[Row], Schema]
) -> Callable[[Row], bool] | None:
    """Whether a row is still what the program has read; None when it does not ask for that.

    To be asked under the row's lock, by the operation that changes it.
    """
    if "If-Match" not in request.headers:
        return None
    marks = parse_etags(request.headers["If-Match"])
    return lambda row: marks == ["*"] or mark_of(shown(row)) in marks
