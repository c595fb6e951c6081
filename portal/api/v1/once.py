"""`Idempotency-Key`: a POST that is sent again is answered again, and done once."""

from __future__ import annotations

import hashlib
import re
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils import translation

from customers import clock
from customers.operations.answers import Answer, answer_once
from portal.api.v1.door import token_behind
from portal.api.v1.problems import KeyMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from ninja import NinjaAPI

KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Content-Language", "Location")
# Whoever is refused for what may change without their doing is not held to that answer.
PASSING = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}


def once(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Around ninja's `Operation.run`, which answers every refusal by itself."""

    @wraps(run)
    def wrapped(request: HttpRequest, **parts: Any) -> HttpResponse:
        api: NinjaAPI = run.__self__.api  # type: ignore[attr-defined]  # its operation's
        key = request.headers.get("Idempotency-Key", "")
        if not KEY.fullmatch(key):
            return api.on_exception(request, KeyMissing())
        try:
            answer = answer_once(
                token_behind(request),
                key=key,
                fingerprint=_fingerprint(request),
                do=lambda: _answer(run(request, **parts)),
                is_final=_is_final,
                at=clock.now(),
            )
        except Exception as failure:  # noqa: BLE001 - as ninja does for what runs inside
            return api.on_exception(request, failure)
        return _response(answer)

    return wrapped


def _fingerprint(request: HttpRequest) -> str:
    """Of what was asked: method, address with its parameters, content."""
    what = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(what).hexdigest()


def _is_final(answer: Answer) -> bool:
    return answer.status < 500 and answer.status not in PASSING


def _answer(response: HttpResponse) -> Answer:
    response["Content-Language"] = translation.get_language() or ""
    return Answer(
        status=response.status_code,
        content_type=response["Content-Type"],
        body=response.content,
        headers={name: response[name] for name in KEPT_HEADERS if name in response},
    )


def _response(answer: Answer) -> HttpResponse:
    headers = dict(answer.headers)
    if answer.is_repeated:
        headers["Idempotency-Replayed"] = "true"
    return HttpResponse(
        answer.body, content_type=answer.content_type, status=answer.status, headers=headers
    )
