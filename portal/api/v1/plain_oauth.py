"""Tokens for applications, and the keys of licence files, in the document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from portal.api.oauth.metadata import AuthorizationServer
from portal.api.v1.plain import Plain, answered
from subscriptions.applications.models import Scope

FORM = "application/x-www-form-urlencoded"

type ClientId = Annotated[str, Meta(description="When it is not in `Authorization`.")]


class TokenRequest(msgspec.Struct):
    """A form; client id and secret stand in `Authorization: Basic`, or here."""

    grant_type: Literal["client_credentials"]
    tenant: Annotated[
        str,
        Meta(description="Its identifier, in any case; on-premise the serial number."),
    ]
    scope: Annotated[
        str, Meta(description="Some of what is published, with spaces between; else all of it.")
    ] = ""
    client_id: ClientId = ""
    client_secret: str = ""


class AccessToken(msgspec.Struct):
    """Opaque, for one tenant, and judged again whenever it is shown."""

    access_token: str
    expires_in: Annotated[int, Meta(description="In seconds: 900 at most.")]
    token_type: Literal["Bearer"]
    scope: str


class TokenNamed(msgspec.Struct):
    """A form."""

    token: str
    client_id: ClientId = ""
    client_secret: str = ""


class TokenTenant(msgspec.Struct):
    id: int
    identifier: str
    serial_number: str
    environment: Literal["production", "stage", "sod"]


class TokenClaims(msgspec.Struct, kw_only=True):
    """For whom a token is, and what for. `iat` and `exp` are seconds since 1970."""

    client_id: str
    token_type: Literal["Bearer"]
    scope: str
    iat: int
    exp: int
    application: int
    tenant: TokenTenant


class Introspection(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Whether a token is good at this instant. Of one that is not, nothing else is said."""

    active: bool
    client_id: str | None = None
    token_type: Literal["Bearer"] | None = None
    scope: str | None = None
    iat: int | None = None
    exp: int | None = None
    application: int | None = None
    tenant: TokenTenant | None = None


class OAuthError(msgspec.Struct, kw_only=True, omit_defaults=True):
    """As RFC 6749 has it, in English. `code` and `reason` say why there is no token: the platform's
    authorisation result and ours.
    """

    error: Literal[
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "unsupported_grant_type",
    ]
    error_description: str = ""
    code: int | None = None
    reason: str | None = None


class LicenceKey(msgspec.Struct):
    """The public half of a key (RFC 8037), with which `kid` in a file's header is verified."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    alg: Literal["EdDSA"]
    use: Literal["sig"]
    kid: str
    x: str


class LicenceKeys(msgspec.Struct):
    """A JWK set (RFC 7517)."""

    keys: list[LicenceKey]


STRUCTS = (
    AuthorizationServer,
    TokenRequest,
    AccessToken,
    TokenNamed,
    TokenClaims,
    Introspection,
    OAuthError,
    LicenceKeys,
)


def _form(schema: str) -> dict[str, Any]:
    return {
        "required": True,
        "content": {FORM: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _refused(description: str, **more: Any) -> dict[str, Any]:
    return answered("OAuthError", description) | more


_INVALID_CLIENT = _refused(
    "Unauthorized",
    headers={
        "WWW-Authenticate": {
            "description": "Basic, or Bearer for the platform.",
            "schema": {"type": "string"},
        }
    },
)
_CLIENT = {"tags": ["OAuth"], "security": [{"ClientSecret": []}]}

PLAIN = (
    Plain(
        "/.well-known/oauth-authorization-server",
        "get",
        {
            "operationId": "read_authorization_server",
            "summary": "Read Authorization Server",
            "description": (
                "Where tokens are to be had and how, for client libraries (RFC 8414). For "
                "everybody; it may be kept for an hour."
            ),
            "tags": ["OAuth"],
            "responses": {"200": answered("AuthorizationServer")},
            "security": [],
        },
        {},
    ),
    Plain(
        "/api/oauth/token",
        "post",
        _CLIENT
        | {
            "operationId": "issue_token",
            "summary": "Issue Token",
            "description": (
                "A token for one tenant that let the application in (RFC 6749, 4.4). It needs no "
                "Idempotency-Key: ask for another."
            ),
            "requestBody": _form("TokenRequest"),
            "responses": {
                "200": answered("AccessToken"),
                "400": _refused("Bad Request"),
                "401": _INVALID_CLIENT,
            },
        },
        {413: ["content_too_large"], 429: ["too_many_requests"]},
    ),
    Plain(
        "/api/oauth/revoke",
        "post",
        _CLIENT
        | {
            "operationId": "revoke_token",
            "summary": "Revoke Token",
            "description": (
                "Forget a token of one's own (RFC 7009). With another's it answers the same and "
                "changes nothing."
            ),
            "requestBody": _form("TokenNamed"),
            "responses": {
                "200": {"description": "OK"},
                "400": _refused("Bad Request"),
                "401": _INVALID_CLIENT,
            },
        },
        {413: ["content_too_large"], 429: ["too_many_requests"]},
    ),
    Plain(
        "/api/oauth/introspect",
        "post",
        {
            "operationId": "introspect_token",
            "summary": "Introspect Token",
            "description": (
                "Whether a token is good now (RFC 7662). A client asks about its own; the platform "
                "about any, with a credential that staff made for nothing else."
            ),
            "tags": ["OAuth"],
            "security": [{"ClientSecret": []}, {"ProgramCredential": ["tokens:introspect"]}],
            "requestBody": _form("TokenNamed"),
            "responses": {
                "200": answered("Introspection"),
                "400": _refused("Bad Request"),
                "401": _INVALID_CLIENT,
            },
        },
        {
            403: ["insufficient_scope"],
            413: ["content_too_large"],
            429: ["too_many_requests"],
        },
    ),
    Plain(
        "/api/oauth/application",
        "get",
        {
            "operationId": "read_own_token",
            "summary": "Read Own Token",
            "description": "For whom the token that is shown is, and what for, while it is good.",
            "tags": ["OAuth"],
            "security": [{"AccessToken": [Scope.ENTITLEMENTS_READ.value]}],
            "responses": {"200": answered("TokenClaims")},
        },
        {
            401: ["unauthorized"],
            403: ["insufficient_scope"],
            429: ["too_many_requests"],
        },
    ),
    Plain(
        "/.well-known/licence-keys.json",
        "get",
        {
            "operationId": "read_licence_keys",
            "summary": "Read Licence Keys",
            "description": (
                "The public keys that licence files are verified with, for everybody. A new one "
                "stands here days before it signs."
            ),
            "tags": ["Licences"],
            "responses": {"200": answered("LicenceKeys")},
            "security": [],
        },
        {},
    ),
)
