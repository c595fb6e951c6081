"""Who comes in: OAuth clients with their secret, and programs with a token of an application."""

from __future__ import annotations

import base64
import binascii
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Concatenate
from urllib.parse import unquote_plus

from django.http import JsonResponse

from customers import clock
from portal.access import Access, Audience, GuardedView, guarded
from portal.api import limits
from portal.api.doors import bearer_secret, out_of_scope, unrecognised
from subscriptions.applications import credentials, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from subscriptions.applications.models import ClientSecret, Scope
    from subscriptions.applications.tokens import Shown

CHALLENGE = 'Basic realm="Expander Services", charset="UTF-8"'


def client_view(view: Callable[[HttpRequest, ClientSecret], HttpResponse]) -> GuardedView:
    """For a client that shows its id and secret, in the header (Basic) or in the form.

    401 with a challenge for everybody else, whatever they ask (RFC 6749, 5.2).
    """

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        client_id, secret = shown_by(request)
        turned_away = limits.turned_away(secret)
        if turned_away is not None:
            return turned_away
        found = credentials.recognise(client_id, secret, at=clock.now()) if secret else None
        if found is None:
            return invalid_client()
        return limits.counted(
            limits.Kind.CLIENT,
            found.credential_id,
            secret=secret,
            answer=lambda: view(request, found),
        )

    return guarded(wrapped, Access(Audience.PROGRAM))


def application_view[**P](
    scope: Scope,
) -> Callable[[Callable[Concatenate[HttpRequest, Shown, P], HttpResponse]], GuardedView]:
    """For an application with a token, judged anew; the view gets for whom and for what it is.

    401 for a token that is not good at this instant, whatever the reason; 403 without the scope.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Shown, P], HttpResponse],
    ) -> GuardedView:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            value = bearer_secret(request)
            turned_away = limits.turned_away(value)
            if turned_away is not None:
                return turned_away
            shown = tokens.recognise(value, at=clock.now()) if value else None
            if shown is None:
                return unrecognised(request)
            return limits.counted(
                limits.Kind.APPLICATION,
                shown.authorisation.pk,
                secret=value,
                answer=lambda: (
                    view(request, shown, *args, **kwargs)
                    if scope in shown.scopes
                    else out_of_scope(scope)
                ),
            )

        return guarded(wrapped, Access(Audience.PROGRAM))

    return decorate


def invalid_client() -> HttpResponse:
    return _turned_away("invalid_client", "Unknown client or secret.", CHALLENGE)


def invalid_token() -> HttpResponse:
    """To who introspects with a credential that is not good (RFC 7662, 2.3; RFC 6750, 3.1)."""
    challenge = 'Bearer error="invalid_token"'
    return _turned_away("invalid_token", "This credential is unknown or was revoked.", challenge)


def _turned_away(error: str, description: str, challenge: str) -> HttpResponse:
    answer = {"error": error, "error_description": description}
    headers = {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
    return JsonResponse(answer, status=HTTPStatus.UNAUTHORIZED, headers=headers)


def shown_by(request: HttpRequest) -> tuple[str, str]:
    """Client id and secret, empty when there are none (RFC 6749, 2.3.1), or when the form names
    another client than the header.
    """
    kind, _space, coded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        client_id, secret = _basic(coded)
        is_one = request.POST.get("client_id", client_id) == client_id
        return (client_id, secret) if is_one else ("", "")
    if kind:
        return "", ""
    return request.POST.get("client_id", ""), request.POST.get("client_secret", "")


def _basic(coded: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    client_id, _colon, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
