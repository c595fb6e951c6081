"""The doors for programs: a credential, a token or a signature with every request, no session.

What each of them asks hangs on the view as `access`, for the gate's test, as with people.
"""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from billing.metering import asking
from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from customers import clock
from customers.models import Environment, TokenScope
from customers.operations import tokens
from portal.access import Access, Audience, guarded
from portal.api import limits
from portal.api.answers import problem
from subscriptions.applications import tokens as access_tokens
from subscriptions.provisioning.news import LARGEST_BODY
from subscriptions.provisioning.signing import is_signed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from customers.models import OrganisationToken
    from portal.access import GuardedView
    from subscriptions.applications.tokens import Shown
    from subscriptions.entitlement_facts import Facts


THE_PLATFORM = 0  # there is one, whichever of its secrets signed


def reporting_view(
    view: Callable[[HttpRequest, ApiCredential | Shown], HttpResponseBase],
) -> GuardedView:
    """For programs that report usage; the view gets who they are.

    A credential that staff made, or an application's access token. 401 for none, an unknown or a
    revoked one; 403 for one that was made for something else.
    """
    scope = ApiCredential.Scope.USAGE_WRITE

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponseBase:
        secret, at = bearer_secret(request), clock.now()
        turned_away = limits.turned_away(secret)
        if turned_away is not None:
            return turned_away
        if secret.startswith(access_tokens.PREFIX):
            shown = access_tokens.recognise(secret, at=at)
            scopes, pk = (shown.scopes, shown.authorisation.pk) if shown else ((), 0)
            reporter: ApiCredential | Shown | None = shown
        else:
            reporter = credentials.recognise(secret, at=at)
            scopes, pk = ((reporter.scope,), reporter.pk) if reporter else ((), 0)
        if reporter is None:
            return unrecognised(request)
        return limits.counted(
            kind_of(secret),
            pk,
            secret=secret,
            answer=lambda: view(request, reporter) if scope in scopes else out_of_scope(scope),
        )

    return guarded(wrapped, Access(Audience.PROGRAM, scope=scope))


def platform_view(view: Callable[[HttpRequest], HttpResponse]) -> GuardedView:
    """For the CRM platform, which signs every request as Standard Webhooks has it.

    413 for a body that is too long to be read at all; 401 for one that is not signed with the
    platform's secret, or was signed more than five minutes ago; 429 for what comes too often.
    """

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
            detail = _("The content is at most %(bytes)d bytes.") % {"bytes": LARGEST_BODY}
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, code="content_too_large")
        if not is_signed(request.headers, request.body, with_any_of=settings.PLATFORM_SECRETS):
            detail = _("This is not signed by the platform, or was too long ago.")
            return problem(HTTPStatus.UNAUTHORIZED, detail, WWW_Authenticate="StandardWebhooks")
        return limits.counted(
            limits.Kind.PLATFORM, THE_PLATFORM, secret=None, answer=lambda: view(request)
        )

    return guarded(wrapped, Access(Audience.PROGRAM))


def asking_view(
    view: Callable[[HttpRequest, Facts, dt.datetime], HttpResponseBase],
) -> GuardedView:
    """For programs that ask what may be used, below `/tenants/<str:tenant_id>/`.

    The view gets the facts as they are at the instant, read in the statement that recognised
    who asks. 401 and 403 as in `reporting_view`; 404 for what is not there, or not theirs to ask.
    """
    scope = TokenScope.ENTITLEMENTS_READ

    @wraps(view)
    def wrapped(
        request: HttpRequest, tenant_id: str, application_id: int | None = None
    ) -> HttpResponseBase:
        secret, at = bearer_secret(request), clock.now()
        turned_away = limits.turned_away(secret)
        if turned_away is not None:
            return turned_away
        asked = asking.ask(
            secret,
            tenant=tenant_id,
            environment=_environment(request),
            application_id=application_id,
            at=at,
        )
        if asked is None:
            return unrecognised(request)
        return limits.counted(
            kind_of(secret),
            asked.asker,
            secret=secret,
            answer=lambda: _told(view, request, asked, at),
        )

    access = Access(
        Audience.PROGRAM,
        scope=ApiCredential.Scope.ENTITLEMENTS_READ,
        token_scopes={"GET": scope, "HEAD": scope},
    )
    return guarded(wrapped, access)


def _environment(request: HttpRequest) -> str:
    """Nearly all name the tenant by id; to read an empty query takes longer than to look."""
    said = request.GET.get("environment") if request.META.get("QUERY_STRING") else None
    return said or Environment.PRODUCTION


def _told(
    view: Callable[[HttpRequest, Facts, dt.datetime], HttpResponseBase],
    request: HttpRequest,
    asked: asking.Asked,
    at: dt.datetime,
) -> HttpResponseBase:
    if not asked.is_allowed:
        return out_of_scope(TokenScope.ENTITLEMENTS_READ)
    if request.method not in ("GET", "HEAD"):
        detail = _("What may be used is asked, not told.")
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, Allow="GET, HEAD")
    if asked.facts is None:
        return problem(HTTPStatus.NOT_FOUND, _("There is no such thing, or it is not yours."))
    return view(request, asked.facts, at)


def kind_of(secret: str) -> limits.Kind:
    """Whose limit counts for a secret that is good."""
    if secret.startswith(tokens.PREFIX):
        return limits.Kind.ORGANISATION
    is_access_token = secret.startswith(access_tokens.PREFIX)
    return limits.Kind.APPLICATION if is_access_token else limits.Kind.PROGRAM


def token_of(request: HttpRequest) -> OrganisationToken | None:
    """Whose token comes with the request, while it is good."""
    return tokens.recognise(bearer_secret(request), at=clock.now())


def bearer_secret(request: HttpRequest) -> str:
    """What stands behind `Authorization: Bearer`, or nothing (RFC 6750)."""
    kind, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def unrecognised(request: HttpRequest) -> HttpResponse:
    """RFC 6750, 3.1: no reason where nothing was shown, `invalid_token` where it is not good."""
    challenge = 'Bearer error="invalid_token"' if bearer_secret(request) else "Bearer"
    detail = _("Show a credential that is neither expired nor revoked: Authorization: Bearer …")
    return problem(HTTPStatus.UNAUTHORIZED, detail, WWW_Authenticate=challenge)


def out_of_scope(scope: str) -> HttpResponse:
    return problem(
        HTTPStatus.FORBIDDEN,
        _("This credential is not for %(scope)s.") % {"scope": scope},
        code="insufficient_scope",
        more={"scope": str(scope)},
        WWW_Authenticate=f'Bearer error="insufficient_scope", scope="{scope}"',
    )
