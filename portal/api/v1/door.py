"""The door of `/api/v1`: who comes in, what for, and how often.

Every address is answered by one function of ninja's, whatever the method; around it stands
`guard`. So nobody without a token learns even which methods there are.
"""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpResponseNotAllowed
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from customers.models import TokenScope
from portal.access import Access, Audience
from portal.api import limits
from portal.api.answers import has_it, problem, unchanged
from portal.api.doors import bearer_secret, token_of, unrecognised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

    from customers.models import OrganisationToken
    from portal.access import GuardedView


class ScopeMissing(Exception):
    """The token is good, but not for this."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__(scope)
        self.scope = scope


class OrganisationBearer(HttpBearer):
    """What an operation asks of the token that `guard` has recognised; names it in the document."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> OrganisationToken:
        token = token_behind(request)
        if self.scope not in token.scopes:
            raise ScopeMissing(self.scope)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> None:
        """Never asked: `__call__` goes by what `guard` has found."""
        raise NotImplementedError


def token_behind(request: HttpRequest) -> OrganisationToken:
    return cast("OrganisationToken", request.token)  # type: ignore[attr-defined]


def sees_cost_of_use(request: HttpRequest) -> bool:
    """How much was used is for more programs than what that costs (decision 0079)."""
    return TokenScope.INVOICES_READ in token_behind(request).scopes


def guard(view: Callable[..., Any], scopes: Mapping[str, TokenScope]) -> GuardedView:
    """`view` for whoever shows a token; `scopes` by method, for the gate's test."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _admitted(view, request, *args, **kwargs)
        # An answer that is given again is in the language of the first time.
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response

    guarded = cast("GuardedView", wrapped)
    guarded.access = Access(Audience.PROGRAM, token_scopes=dict(scopes))
    return guarded


def _admitted(
    view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    secret = bearer_secret(request)
    turned_away = limits.turned_away(secret)
    if turned_away is not None:
        return turned_away
    token = token_of(request)
    if token is None:
        return unrecognised(request)
    request.token = token  # type: ignore[attr-defined]
    return limits.counted(
        limits.Kind.ORGANISATION,
        token.pk,
        secret=secret,
        answer=lambda: _answered(view, request, *args, **kwargs),
    )


def _answered(
    view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    method = request.method
    if method == "HEAD":  # as GET; the server leaves the content out
        request.method = "GET"
    response: HttpResponse = view(request, *args, **kwargs)
    request.method = method
    if isinstance(response, HttpResponseNotAllowed):
        allow = ", ".join(sorted(_with_head(response["Allow"].split(", "))))
        detail = _("Here one may %(methods)s.") % {"methods": allow}
        response = problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, Allow=allow)
    if (mark := response.get("ETag")) and has_it(request, mark):
        response = unchanged()
        response["ETag"] = mark
    return response


def _with_head(methods: list[str]) -> list[str]:
    return [*methods, "HEAD"] if "GET" in methods else methods
