"""What programs get back: JSON, and for a refusal the problem details of RFC 9457."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpResponse

if TYPE_CHECKING:
    from http import HTTPStatus


def answer(content: Any, *, status: int = 200) -> HttpResponse:
    return _json(content, "application/json", status)


def problem(status: HTTPStatus, detail: str, **headers: str) -> HttpResponse:
    """Nothing was done, and why; `headers` with underscores: `WWW_Authenticate`."""
    content = {"title": status.phrase, "status": status.value, "detail": detail}
    response = _json(content, "application/problem+json", status)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def _json(content: Any, content_type: str, status: int) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(content), content_type, status)
    response["Cache-Control"] = "no-store"
    return response
