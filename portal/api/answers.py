"""What programs get back: JSON, and for a refusal the problem details of RFC 9457."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http import HTTPStatus

# Where every code is explained, on the same host: a reference with its full path (RFC 9457, 3.1.1).
PROBLEMS = "/developers/api/problems/"


def answer(content: Any, *, status: int = 200) -> HttpResponse:
    return _json(content, "application/json", status)


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    code: str = "",
    more: Mapping[str, Any] | None = None,
    **headers: str,
) -> HttpResponse:
    """Nothing was done, and why; `headers` with underscores: `WWW_Authenticate`.

    `code` is what a program goes by (default: that of the status); `more` what belongs to it.
    """
    code = code or code_of(status)
    content = {
        "type": f"{PROBLEMS}#{code}",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail,
        **(more or {}),
    }
    response = _json(content, "application/problem+json", status)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def code_of(status: HTTPStatus) -> str:
    return status.name.lower()


def _json(content: Any, content_type: str, status: int) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(content), content_type, status)
    response["Cache-Control"] = "no-store"
    return response
