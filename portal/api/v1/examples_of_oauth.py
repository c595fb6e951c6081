"""One of each thing about tokens and keys in the document, as `examples.py` has them."""

from __future__ import annotations

from typing import Any

_PORTAL = "https://portal.example"
_SHOWN = "ext_2v9kX0c3m1yqPbq6r5wF8tZ4nHsJdEaL7uGiRoYxVwA"
_CLAIMS = {
    "client_id": "kM3Xv1c9QeT2",
    "token_type": "Bearer",
    "scope": "crm:read usage:write",
    "iat": 1795431600,
    "exp": 1795432500,
    "application": 3,
    "tenant": {
        "id": 7,
        "identifier": "Cust12345",
        "serial_number": "",
        "environment": "production",
    },
}

OAUTH: dict[str, dict[str, Any]] = {
    "AuthorizationServer": {
        "issuer": _PORTAL,
        "token_endpoint": f"{_PORTAL}/api/oauth/token",
        "revocation_endpoint": f"{_PORTAL}/api/oauth/revoke",
        "introspection_endpoint": f"{_PORTAL}/api/oauth/introspect",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": ["crm:read", "crm:write", "entitlements:read", "usage:write"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
        ],
        "introspection_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "Bearer",
        ],
        "service_documentation": f"{_PORTAL}/developers/api/oauth/",
    },
    "TokenRequest": {
        "grant_type": "client_credentials",
        "tenant": "Cust12345",
        "scope": "crm:read usage:write",
    },
    "AccessToken": {
        "access_token": _SHOWN,
        "expires_in": 900,
        "token_type": "Bearer",
        "scope": "crm:read usage:write",
    },
    "TokenNamed": {"token": _SHOWN},
    "TokenClaims": _CLAIMS,
    "Introspection": {"active": True, **_CLAIMS},
    "OAuthError": {
        "error": "invalid_grant",
        "error_description": "The subscription that the application needs has ended.",
        "code": 1,
        "reason": "licence_ended",
    },
    "LicenceKeys": {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": "5d41402abc4b2a76",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }
        ]
    },
}
