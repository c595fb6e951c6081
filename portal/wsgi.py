"""The web server's way in."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
_django = get_wsgi_application()

from portal.middleware import PROGRAMS  # noqa: E402 - only once Django is set up


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django's answer; a whole one as a list, which granian sends in one piece instead of three."""
    if environ.get("PATH_INFO", "").startswith(PROGRAMS):
        return _to_program(environ, start_response)
    return _in_one_piece(_django(environ, start_response))


def _to_program(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The same, without Django's signals where nobody borrowed a connection: they give it back.

    Who is asked what may be used has one of its own (customers/prepared.py).
    """
    request = _django.request_class(environ)
    response = _django.get_response(request)
    cookies = (("Set-Cookie", each.OutputString()) for each in response.cookies.values())
    kept = response.headers._store.values()  # noqa: SLF001 - not each looked up by its name
    start_response(f"{response.status_code} {response.reason_phrase}", [*kept, *cookies])
    if not isinstance(response, HttpResponse) or _connection_is_borrowed():
        return _in_one_piece(response)
    request.close()
    return [response.content]


def _in_one_piece(response: HttpResponseBase) -> Iterable[bytes]:
    if not isinstance(response, HttpResponse):  # it streams
        return response
    response.close()
    return [response.content]


def _connection_is_borrowed() -> bool:
    return connections[DEFAULT_DB_ALIAS].connection is not None


# Loaded objects live as long as the process; keeping the collector off them cuts p99 of a page.
gc.collect()
gc.freeze()
