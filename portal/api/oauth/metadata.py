"""`GET /.well-known/oauth-authorization-server`: where a client gets its tokens (RFC 8414)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.access import public_view
from portal.api.oauth.views import GRANT
from subscriptions.applications.models import Scope

if TYPE_CHECKING:
    from django.http import HttpRequest

# As `door.shown_by` takes them.
BY_SECRET = ["client_secret_basic", "client_secret_post"]


class AuthorizationServer(msgspec.Struct, kw_only=True):
    """What a client library asks to know before anything else; the same for everybody.

    Nobody signs in here: there is no authorisation endpoint, no refresh token and no OpenID.
    """

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    service_documentation: str


@public_view
@require_safe
def oauth_metadata(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    issuer = settings.PORTAL_ADDRESS.rstrip("/")
    said = AuthorizationServer(
        issuer=issuer,
        token_endpoint=issuer + reverse("api:oauth_token"),
        revocation_endpoint=issuer + reverse("api:oauth_revoke"),
        introspection_endpoint=issuer + reverse("api:oauth_introspect"),
        grant_types_supported=[GRANT],
        response_types_supported=[],
        scopes_supported=Scope.values,
        token_endpoint_auth_methods_supported=BY_SECRET,
        revocation_endpoint_auth_methods_supported=BY_SECRET,
        introspection_endpoint_auth_methods_supported=[*BY_SECRET, "Bearer"],  # the platform
        service_documentation=issuer + reverse("pages:api_noun", args=["oauth"]),
    )
    headers = {"Cache-Control": "public, max-age=3600"}
    return HttpResponse(msgspec.json.encode(said), "application/json", headers=headers)
