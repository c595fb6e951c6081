"""The OAuth doors: token, revoke, introspect. See docs/oauth.md."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from allauth.core.context import request_context
from allauth.idp.oidc.internal.oauthlib.utils import convert_response, extract_params
from django.db import transaction
from django.http import JsonResponse
from django.utils.translation import gettext as _
from oauthlib.oauth2 import (
    BearerToken,
    ClientCredentialsGrant,
    IntrospectEndpoint,
    OAuth2Error,
    RevocationEndpoint,
    TokenEndpoint,
)

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials as platform_credentials
from customers import clock
from portal.access import Access, Audience, guarded
from portal.api import limits
from portal.api.answers import answer, problem
from portal.api.doors import bearer_secret, out_of_scope
from portal.api.oauth.door import application_view, client_view, invalid_token
from portal.api.oauth.validator import Validator, claims
from subscriptions.applications import tokens
from subscriptions.applications.models import Scope

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from subscriptions.applications.models import ClientSecret
    from subscriptions.applications.tokens import Shown

GRANT = "client_credentials"


@client_view
def token(request: HttpRequest, secret: ClientSecret) -> HttpResponse:
    """A token for one tenant: `grant_type=client_credentials&tenant=Cust12345`."""
    validator = Validator(secret, clock.now)
    bearer = BearerToken(
        validator,
        token_generator=lambda _request: tokens.new_value(),
        expires_in=int(tokens.LIFE.total_seconds()),
    )
    endpoint = TokenEndpoint(GRANT, bearer, {GRANT: ClientCredentialsGrant(validator)})
    return _answer(request, endpoint.create_token_response)


@client_view
def revoke(request: HttpRequest, secret: ClientSecret) -> HttpResponse:
    """Forget a token of one's own (RFC 7009)."""
    endpoint = RevocationEndpoint(Validator(secret, clock.now))
    return _answer(request, endpoint.create_revocation_response)


@client_view
def _introspect_own(request: HttpRequest, secret: ClientSecret) -> HttpResponse:
    endpoint = IntrospectEndpoint(Validator(secret, clock.now))
    return _answer(request, endpoint.create_introspect_response)


def _introspect(request: HttpRequest) -> HttpResponse:
    """Whether a token is good now (RFC 7662).

    A client asks about its own, with its secret; the platform about any, with a credential that
    was made for nothing else.
    """
    if not bearer_secret(request):
        return _introspect_own(request)  # type: ignore[return-value]
    secret, at = bearer_secret(request), clock.now()
    turned_away = limits.turned_away(secret)
    if turned_away is not None:
        return turned_away
    asking = platform_credentials.recognise(secret, at=at)
    if asking is None:
        return invalid_token()
    return limits.counted(
        limits.Kind.PROGRAM,
        asking.pk,
        secret=secret,
        answer=lambda: _introspect_any(request, asking, at),
    )


def _introspect_any(request: HttpRequest, asking: ApiCredential, at: dt.datetime) -> HttpResponse:
    if asking.scope != ApiCredential.Scope.TOKENS_INTROSPECT:
        return out_of_scope(ApiCredential.Scope.TOKENS_INTROSPECT)
    if request.method != "POST":
        detail = _("A token is asked about with POST: addresses are written down everywhere.")
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, Allow="POST")
    shown = tokens.recognise(request.POST.get("token", ""), at=at)
    return answer({"active": True, **claims(shown)} if shown else {"active": False})


introspect = guarded(_introspect, Access(Audience.PROGRAM))


@application_view(Scope.ENTITLEMENTS_READ)
def whoami(request: HttpRequest, shown: Shown) -> HttpResponse:
    """What a token is good for: `GET /api/oauth/application`."""
    if request.method not in ("GET", "HEAD"):
        detail = _("What a token is good for is asked, not told.")
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, Allow="GET, HEAD")
    return answer(claims(shown))


def _answer(request: HttpRequest, create: Callable[..., tuple[Any, ...]]) -> HttpResponse:
    """In one transaction: a refusal leaves nothing behind."""
    response: HttpResponse
    with request_context(request):
        try:
            with transaction.atomic():
                response = convert_response(*create(*extract_params(request)))
        except OAuth2Error as error:
            response = JsonResponse(dict(error.twotuples), status=error.status_code)
    if response.content:
        response["Content-Type"] = "application/json"
    else:  # what was revoked is not spoken of
        del response["Content-Type"]
    response["Cache-Control"] = "no-store"
    return response
