"""What stands before every view beside Django's own: one for programs, two for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from portal.access import Audience
from portal.accounts import second_factor
from portal.api.answers import problem
from portal.api.failures import failed
from portal.api.urls import often

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http.response import HttpResponseBase


PROGRAMS = "/api/"


class Utf8:
    """What is sent is read as UTF-8, whatever it says of itself (RFC 7578, 5.1.2).

    Some encodings make text of it that no row holds and no hash takes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding is not None:
            request.encoding = "utf-8"
        return self.get_response(request)


class Programs:
    """Who comes with a credential of its own needs no session, form token or page.

    The rest of the middleware is for people; a batch of events would spend more time in it than
    in being counted. Sentences of problems are in the language that `Accept-Language` asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._without_tls = SecurityMiddleware(_answer)  # which sends them on to where it is
        self._over_tls = _said_over_tls(self._without_tls)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PROGRAMS):
            return self.get_response(request)
        if not request.is_secure():
            return cast("HttpResponseBase", self._without_tls(request))
        response = _answer(request)
        # As they are kept: Django would look at each name and value anew with every answer.
        response.headers._store = self._over_tls | response.headers._store  # noqa: SLF001
        return response


class _OverTls(HttpRequest):
    def is_secure(self) -> bool:
        return True


def _said_over_tls(security: SecurityMiddleware) -> dict[str, tuple[str, str]]:
    """The headers that Django's own middleware adds to every answer: always the same."""
    bare = HttpResponse()
    del bare["Content-Type"]
    return security.process_response(_OverTls(), bare).headers._store  # noqa: SLF001


def _answer(request: HttpRequest) -> HttpResponseBase:
    _speak(request)
    try:
        view, kwargs = asked(request.path_info)
        return view(request, **kwargs)
    except (Resolver404, Http404):
        return problem(HTTPStatus.NOT_FOUND, _("There is nothing at this address."))
    except Exception as failure:  # noqa: BLE001 - before a door's own answers, as at its token
        return failed(request, failure)


def asked(path: str) -> tuple[Callable[..., HttpResponseBase], dict[str, Any]]:
    """The view of an address, and what the address names."""
    below = path.removeprefix(PROGRAMS)
    for each in often:
        if found := each.pattern.match(below):
            return each.callback, found[2]
    match = resolve(path)
    return match.func, match.kwargs


def _speak(request: HttpRequest) -> None:
    """Most programs ask for no language, and to find that out takes longer than to look."""
    asks = "HTTP_ACCEPT_LANGUAGE" in request.META
    translation.activate(
        translation.get_language_from_request(request) if asks else settings.LANGUAGE_CODE
    )


class SecondFactor:
    """Who needs a second factor comes in with it, and sets it up first (docs/decisions/0075).

    Nothing but what is everybody's is open until then; the views need not know.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        access = getattr(view, "access", None)
        if access is not None and access.audience is Audience.PUBLIC:
            return None
        first = second_factor.asked_before(request)
        return None if first is None else HttpResponseRedirect(first)


class PrivatePages:
    """What somebody signed in was shown stays in no cache, neither a proxy's nor the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response["Cache-Control"] = "no-store, private"
        return response
