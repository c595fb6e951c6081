"""What programs get back: JSON, and for a refusal the problem details of RFC 9457."""

from __future__ import annotations

import datetime as dt
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpResponse
from django.utils import translation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

# Where every code is explained, on the same host: a reference with its full path (RFC 9457, 3.1.1).
PROBLEMS = "/developers/api/problems/"


class Standing(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An answer that was true at an instant and stands for a while."""

    at: dt.datetime | None = None
    valid_until: dt.datetime | None = None


def answer(content: Any, *, status: int = 200) -> HttpResponse:
    return _json(content, "application/json", status)


def standing(
    request: HttpRequest, said: Standing, *, at: dt.datetime, until: dt.datetime
) -> HttpResponse:
    """Or 304 for who has the same already: the mark is made of what is said, not of when."""
    mark = f'"{blake2b(msgspec.json.encode(said), digest_size=12).hexdigest()}"'
    if has_it(request, mark):
        response = unchanged()
    else:
        said.at, said.valid_until = at, until
        response = HttpResponse(msgspec.json.encode(said), "application/json")
    response["ETag"] = f"W/{mark}"
    response["Cache-Control"] = f"private, max-age={int((until - at).total_seconds())}"
    # Beside the answer too: with a 304 it is all that says until when the one before stands.
    response["Valid-Until"] = until.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    response["Vary"] = "Authorization"
    return response


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    code: str = "",
    more: Mapping[str, Any] | None = None,
    **headers: str,
) -> HttpResponse:
    """Nothing was done, and why; `headers` with underscores: `WWW_Authenticate`.

    `detail` is in the language that the middleware found the program to ask for.
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
    response["Content-Language"] = translation.get_language() or ""
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def code_of(status: HTTPStatus) -> str:
    return status.name.lower()


def unchanged() -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    del response["Content-Type"]
    return response


def has_it(request: HttpRequest, mark: str) -> bool:
    """Whether an answer with this mark is what the program has already."""
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    return known.strip() == "*" or any(
        each.strip().removeprefix("W/") == mark for each in known.split(",")
    )


def _json(content: Any, content_type: str, status: int) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(content), content_type, status)
    response["Cache-Control"] = "no-store"
    return response
