"""One of each thing about applications in the document, as `examples.py` has them."""

from __future__ import annotations

from typing import Any

_NOON = "2026-11-23T11:00:00Z"
_DETAILS = {
    "kind": "custom",
    "type": "server",
    "name": "Webshop sync",
    "summary": "Keeps orders and customers the same on both sides.",
    "technical_contact": "developer@helpendehand.example",
    "error_mails": ["alerts@helpendehand.example"],
    "uninstall_mails": [],
}
_SETTINGS = {
    "scopes": ["crm:read", "usage:write"],
    "capabilities": ["webhooks"],
    "deployments": ["online", "on_premise"],
    "redirect_uris": [],
    "note": "Hears of changed orders at once.",
}

APPLICATIONS: dict[str, dict[str, Any]] = {
    "ApplicationDetails": _DETAILS,
    "Application": {
        "id": 3,
        "owner_name": "Helpende Hand B.V.",
        "created_at": _NOON,
        "blocked_at": None,
        **_DETAILS,
    },
    "VersionSettings": _SETTINGS,
    "ApplicationVersion": {
        "id": 12,
        "application_id": 3,
        "number": 2,
        **_SETTINGS,
        "is_locked": True,
        "publications": [
            {
                "environment": "sod",
                "status": "published",
                "requested_at": _NOON,
                "decided_at": _NOON,
                "reason": "",
            },
            {
                "environment": "production",
                "status": "pending",
                "requested_at": _NOON,
                "decided_at": None,
                "reason": "",
            },
        ],
        "created_at": _NOON,
    },
    "Submission": {"environment": "production"},
    "AuthorisationRequest": {
        "application_id": 3,
        "tenant": {
            "identifier": "Cust12345",
            "environment": "production",
            "contact_email": "jan@voorbeeld.example",
        },
        "note": "For the webshop that you ordered.",
    },
    "Authorisation": {
        "id": 61,
        "application_id": 3,
        "application_name": "Webshop sync",
        "tenant_id": 7,
        "tenant": {
            "identifier": "Cust12345",
            "serial_number": "",
            "environment": "production",
        },
        "status": "active",
        "scopes": ["crm:read", "usage:write"],
        "requested_at": _NOON,
        "confirmed_at": _NOON,
        "granted_at": _NOON,
        "closed_at": None,
        "restore_until": None,
        "valid_until": "2027-06-30T22:00:00Z",
        "reason": "",
        "is_available": True,
        "obstacle": None,
        "code": 0,
        "available_until": "2027-06-30T22:00:00Z",
    },
    "Revocation": {"reason": "The supplier reported a leak."},
}
