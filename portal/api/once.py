"""`Idempotency-Key`: a POST that is sent again is answered again, and done once."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import translation

from customers import clock
from portal.answered.operations import Answer, answer_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from portal.answered.operations import Asker

KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Content-Language", "Location")
# Whoever is refused for what may change without their doing is not held to that answer.
PASSING = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}


class KeyMissing(Exception):
    """A POST without an Idempotency-Key that needs one, or with one that is none."""


def answered_once(
    request: HttpRequest, asker: Asker, *, key: str, do: Callable[[], HttpResponse]
) -> HttpResponse:
    """What `do` answers, or what this request of `asker` was answered before.

    Raises KeyMissing, and KeyInUse and KeyUsedBefore as `answer_once`.
    """
    if not KEY.fullmatch(key):
        raise KeyMissing
    answer = answer_once(
        asker,
        key=key,
        fingerprint=_fingerprint(request),
        do=lambda: _answer(do()),
        is_final=_is_final,
        at=clock.now(),
    )
    return _response(answer)


def _fingerprint(request: HttpRequest) -> str:
    """Of what was asked: method, address with its parameters, content."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


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
    headers = dict(answer.headers) | {"Cache-Control": "no-store"}
    if answer.is_repeated:
        headers["Idempotency-Replayed"] = "true"
    return HttpResponse(
        answer.body, content_type=answer.content_type, status=answer.status, headers=headers
    )
