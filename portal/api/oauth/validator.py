"""How oauthlib and allauth ask us: our secrets, our tokens, our word on who may have one.

What allauth's own validator does differently, and why it is not used as it is: it keeps one
secret a client with a slow hash, lets a client revoke another's token, and knows no tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from oauthlib.oauth2.rfc6749 import errors

from subscriptions.applications import tokens

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from oauthlib.common import Request

    from subscriptions.applications.models import ClientSecret


class NoToken(errors.OAuth2Error):  # type: ignore[misc]
    """`invalid_grant`, with the platform's code and our reason beside it."""

    error = "invalid_grant"

    def __init__(self, refused: tokens.Refused) -> None:
        super().__init__(description=refused.detail)
        self._refused = refused

    @property
    def twotuples(self) -> list[tuple[str, Any]]:
        more = [("code", int(self._refused.code)), ("reason", self._refused.reason)]
        return [*super().twotuples, *more]


class Validator(OAuthLibRequestValidator):  # type: ignore[misc]
    """For one request of a client that the door has recognised by `secret`."""

    def __init__(self, secret: ClientSecret, now: Callable[[], dt.datetime]) -> None:
        super().__init__()
        self.secret, self.now = secret, now

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        self._use_client(request, self.secret.credential.client)
        return True

    def save_bearer_token(
        self,
        token: dict[str, Any],
        request: Request,
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Raises NoToken when the application may not be used on that tenant now, and
        InvalidRequestError where none is named.
        """
        tenant = getattr(request, "tenant", "")
        if not tenant:
            raise errors.InvalidRequestError(
                "Say for which tenant: tenant=Cust12345.", request=request
            )
        try:
            row = tokens.issue(
                self.secret,
                tenant=tenant,
                value=token["access_token"],
                scopes=request.scopes,
                now=self.now,
            )
        except tokens.Refused as refused:
            raise NoToken(refused) from refused
        assert row.expires_at
        token["scope"] = " ".join(row.get_scopes())  # RFC 6749, 5.1: where it is not what was asked
        token["expires_in"] = int((row.expires_at - row.created_at).total_seconds())

    def revoke_token(
        self,
        token: str,
        token_type_hint: str,  # noqa: ARG002 - there is one type
        request: Request,
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        tokens.revoke(token, client=request.client)

    def introspect_token(
        self,
        token: str,
        token_type_hint: str,  # noqa: ARG002
        request: Request,
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> dict[str, Any] | None:
        shown = tokens.recognise(token, at=self.now())
        if shown is None or shown.client_id != request.client.pk:
            return None
        return claims(shown)


def claims(shown: tokens.Shown) -> dict[str, Any]:
    """RFC 7662, 2.2, and for which tenant it is."""
    return {
        "client_id": shown.client_id,
        "token_type": "Bearer",
        "scope": " ".join(shown.scopes),
        "iat": int(shown.issued_at.timestamp()),
        "exp": int(shown.expires_at.timestamp()),
        "application": shown.application.pk,
        "tenant": {
            "id": shown.tenant.pk,
            "identifier": shown.tenant.identifier,
            "serial_number": shown.tenant.serial_number,
            "environment": shown.tenant.environment,
        },
    }
