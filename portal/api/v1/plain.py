"""The addresses that ninja does not answer, for they have no time for it, in the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from billing.metering.events import Event
from customers.models import TokenScope
from portal.answered.operations import KeyInUse, KeyUsedBefore
from portal.api.entitlements import ApplicationEntitlement, TenantEntitlements
from portal.api.licence_files import NO_SIGNING_KEY, NOTHING_TO_LICENSE, SignedLicence
from portal.api.v1.guide import SAMPLE_KEY
from portal.api.v1.problems import code_of


class Rejection(msgspec.Struct):
    index: int
    code: str
    reason: str


class Counted(msgspec.Struct):
    """What became of a batch. What is rejected keeps nothing else back."""

    accepted: int
    duplicate: int
    rejected: int
    rejections: list[Rejection]


class EventBatch(msgspec.Struct):
    """1 to 1,000 events."""

    events: list[Event]


@dataclass(frozen=True)
class Plain:
    """An operation as the document has it; `problems` are added to its answers, by status."""

    address: str
    method: str
    operation: dict[str, Any]
    problems: dict[int, list[str]]


STRUCTS = (EventBatch, Counted, TenantEntitlements, ApplicationEntitlement, SignedLicence)

_TENANT = {
    "in": "path",
    "name": "tenant_id",
    "required": True,
    "description": "The portal's id, or the identifier (`Cust12345`, in any case).",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9]{1,20}$", "maxLength": 20},
}
_ENVIRONMENT = {
    "in": "query",
    "name": "environment",
    "required": False,
    "description": "Where the identifier is to be looked for.",
    "schema": {"type": "string", "enum": ["production", "stage", "sod"], "default": "production"},
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "The `ETag` of an earlier answer: 304 while nothing is different.",
    "schema": {"type": "string"},
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Yours, new for each request that is to be done.",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$", "maxLength": 255},
    "example": SAMPLE_KEY,
}
_KEY_OF_A_BATCH = KEY | {
    "required": False,
    "description": "Yours, new for each batch: sent again it is answered as it was the first time.",
}
_ASKED = {
    401: ["unauthorized"],
    403: ["insufficient_scope"],
    404: ["not_found"],
    429: ["too_many_requests"],
}
UNCHANGED = {"description": "Nothing is different; the answer you have stands on."}
_STANDS = {
    "headers": {
        "Valid-Until": {
            "description": "Until when the answer stands; after a 304 the one that you have.",
            "schema": {"type": "string", "format": "date-time"},
        }
    }
}


def answered(schema: str, description: str = "OK") -> dict[str, Any]:
    """A response with that schema as JSON."""
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}


PLAIN = (
    Plain(
        "/api/v1/usage/events",
        "post",
        {
            "operationId": "report_usage",
            "summary": "Report Usage",
            "description": (
                "Count a batch of events of the platform or an application. Each event is counted "
                "once for ever, so a batch may come without an Idempotency-Key: send it again when "
                "in doubt, and what was counted is a duplicate. "
                "For credentials that staff make and for access tokens, each for its own "
                "application and tenant; not for tokens of organisations. The `source` of an "
                "application is its client id, a slash and a name, and of the classes it does not "
                "report `IncludedApps`."
            ),
            "tags": ["Usage"],
            "parameters": [_KEY_OF_A_BATCH],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/EventBatch"}}
                },
            },
            "responses": {"200": answered("Counted")},
            "security": [
                {"ProgramCredential": ["usage:write"]},
                {"AccessToken": ["usage:write"]},
            ],
        },
        {
            400: ["bad_request", "idempotency_key_missing"],
            401: ["unauthorized"],
            403: ["insufficient_scope"],
            409: [code_of(KeyInUse)],
            413: ["content_too_large"],
            415: ["unsupported_media_type"],
            422: [code_of(KeyUsedBefore)],
            429: ["too_many_requests"],
        },
    ),
    Plain(
        "/api/v1/tenants/{tenant_id}/entitlements",
        "get",
        {
            "operationId": "read_tenant_entitlements",
            "summary": "Read Tenant Entitlements",
            "description": (
                "What may be used on a tenant, right at the instant. What is not named may not be "
                "used. The answer stands until `valid_until`."
            ),
            "tags": ["Entitlements"],
            "parameters": [_TENANT, _ENVIRONMENT, IF_NONE_MATCH],
            "responses": {
                "200": answered("TenantEntitlements") | _STANDS,
                "304": UNCHANGED | _STANDS,
            },
            "security": [
                {"OrganisationToken": [TokenScope.ENTITLEMENTS_READ.value]},
                {"ProgramCredential": ["entitlements:read"]},
                {"AccessToken": ["entitlements:read"]},
            ],
        },
        _ASKED,
    ),
    Plain(
        "/api/v1/tenants/{tenant_id}/applications/{application_id}",
        "get",
        {
            "operationId": "read_application_entitlement",
            "summary": "Read Application Entitlement",
            "description": (
                "Whether one application may be used on a tenant at the instant, and why not."
            ),
            "tags": ["Entitlements"],
            "parameters": [
                _TENANT,
                {
                    "in": "path",
                    "name": "application_id",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 1},
                },
                _ENVIRONMENT,
                IF_NONE_MATCH,
            ],
            "responses": {
                "200": answered("ApplicationEntitlement") | _STANDS,
                "304": UNCHANGED | _STANDS,
            },
            "security": [
                {"OrganisationToken": [TokenScope.ENTITLEMENTS_READ.value]},
                {"ProgramCredential": ["entitlements:read"]},
                {"AccessToken": ["entitlements:read"]},
            ],
        },
        _ASKED,
    ),
    Plain(
        "/api/v1/tenants/{tenant_id}/licence-file",
        "get",
        {
            "operationId": "read_licence_file",
            "summary": "Read Licence File",
            "description": (
                "What may be used on a tenant as a signed file, for when the portal cannot be "
                "reached: ask again before `warning_at`, keep it until `grace_until`, and verify "
                "it with the published keys. The first one is made when it is asked for."
            ),
            "tags": ["Entitlements"],
            "parameters": [_TENANT, _ENVIRONMENT, IF_NONE_MATCH],
            "responses": {"200": answered("SignedLicence") | _STANDS, "304": UNCHANGED | _STANDS},
            "security": [
                {"OrganisationToken": [TokenScope.ENTITLEMENTS_READ.value]},
                {"ProgramCredential": ["entitlements:read"]},
                {"AccessToken": ["entitlements:read"]},
            ],
        },
        _ASKED | {404: ["not_found", NOTHING_TO_LICENSE], 503: [NO_SIGNING_KEY]},
    ),
)
