"""What stands before every view beside Django's own: one for programs, two for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from portal.access import Audience
from portal.accounts import second_factor
from portal.api.answers import problem
from portal.api.failures import failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest, HttpResponse
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

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PROGRAMS):
            return self.get_response(request)
        _speak(request)
        try:
            view, args, kwargs = resolve(request.path_info)
            response: HttpResponse = view(request, *args, **kwargs)
        except (Resolver404, Http404):
            return problem(HTTPStatus.NOT_FOUND, _("There is nothing at this address."))
        except Exception as failure:  # noqa: BLE001 - before a door's own answers, as at its token
            return failed(request, failure)
        return response


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
