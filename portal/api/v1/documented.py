"""What the document knows and no code says by itself: refusals, and the plain addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from billing.metering.events import Event
from customers.models import TokenScope
from customers.operations.answers import KeyInUse, KeyUsedBefore
from customers.paging import UnreadableCursor
from portal.api.entitlements import ApplicationEntitlement, TenantEntitlements
from portal.api.v1.problems import code_of, status_of
from subscriptions.applications.details import NameTaken, PublishedBefore
from subscriptions.applications.operations import (
    AlreadyRequested,
    ConsentStillStands,
    NotPublished,
    TenantUnknown,
    WrongStep,
)
from subscriptions.applications.versions import (
    AlreadyAsked,
    DraftExists,
    NothingToPublish,
    VersionLocked,
)
from subscriptions.lifecycle import NotAllowedNow
from subscriptions.operations.cancellations import (
    AlreadyCancelled,
    CannotCancelNow,
    ConsequencesChanged,
    NotCancelled,
)
from subscriptions.operations.orders import (
    NotEligible,
    NothingChanged,
    OfferChanged,
    WrongQuantities,
)

if TYPE_CHECKING:
    from customers.refusals import Refusal

# Of each operation; a POST may be refused for its key as well.
REFUSALS: dict[str, tuple[type[Refusal], ...]] = {
    "order_subscription": (NotEligible, OfferChanged, WrongQuantities),
    "preview_order": (NotEligible, WrongQuantities),
    "withdraw_order": (NotAllowedNow,),
    "preview_quantities": (NotAllowedNow, NothingChanged, WrongQuantities),
    "change_quantities": (NotAllowedNow, NothingChanged, WrongQuantities),
    "preview_cancellation": (NotAllowedNow, CannotCancelNow, AlreadyCancelled),
    "cancel_subscription": (
        ConsequencesChanged,
        NotAllowedNow,
        CannotCancelNow,
        AlreadyCancelled,
    ),
    "withdraw_cancellation": (NotAllowedNow, NotCancelled),
    "register_application": (NameTaken,),
    "change_application": (NameTaken, PublishedBefore),
    "start_version": (DraftExists,),
    "change_version": (VersionLocked,),
    "submit_version": (AlreadyAsked, NothingToPublish),
    "request_authorisation": (AlreadyRequested, ConsentStillStands, NotPublished, TenantUnknown),
    "revoke_authorisation": (WrongStep,),
}
OF_THE_KEY = (KeyInUse, KeyUsedBefore)
NOT_FOR_SALE = {"read_product", "preview_order", "order_subscription", "list_products"}


def codes_of(operation: dict[str, Any], method: str) -> dict[int, list[str]]:
    """Every code an operation may be refused with, by status."""
    name, parameters = operation["operationId"], operation.get("parameters", [])
    found: dict[int, set[str]] = {
        401: {"unauthorized"},
        403: {"insufficient_scope"},
        429: {"too_many_requests"},
    }
    takes_content = method in ("post", "put")
    found[422] = {"invalid_request"} if parameters or takes_content else set()
    if any(each["name"] in ("organisation_id", "tenant_id") for each in parameters) or any(
        each["in"] == "path" for each in parameters
    ):
        found[404] = {"not_found"}
    if takes_content:
        found[400] = {"bad_request"}
        found[404] = {"not_found"}
        found[413] = {"content_too_large"}
    if method == "post":
        found[400].add("idempotency_key_missing")
    if name in NOT_FOR_SALE:
        found.setdefault(404, set()).add("not_for_sale")
    refusals = [*REFUSALS.get(name, ()), *(OF_THE_KEY if method == "post" else ())]
    if any(each["name"] == "cursor" for each in parameters):
        refusals.append(UnreadableCursor)
    for refusal in refusals:
        found.setdefault(int(status_of(refusal)), set()).add(code_of(refusal))
    return {status: sorted(codes) for status, codes in sorted(found.items()) if codes}


# --- Addresses that ninja does not answer: they have no time for it ---


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
    address: str
    method: str
    operation: dict[str, Any]
    problems: dict[int, list[str]]


STRUCTS = (EventBatch, Counted, TenantEntitlements, ApplicationEntitlement)

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
_SAME = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "The `ETag` of an earlier answer: 304 while nothing is different.",
    "schema": {"type": "string"},
}
_ASKED = {
    401: ["unauthorized"],
    403: ["insufficient_scope"],
    404: ["not_found"],
    429: ["too_many_requests"],
}
_UNCHANGED = {"description": "Nothing is different; the answer you have stands on."}


def _answer(schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": "OK", "content": {"application/json": {"schema": reference}}}


PLAIN = (
    Plain(
        "/api/v1/usage/events",
        "post",
        {
            "operationId": "report_usage",
            "summary": "Report Usage",
            "description": (
                "Count a batch of events of the platform or an application. Each event is counted "
                "once for ever, so it needs no Idempotency-Key: send a batch again when in doubt. "
                "For credentials that staff make and for access tokens, each for its own "
                "application and tenant; not for tokens of organisations."
            ),
            "tags": ["Usage"],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/EventBatch"}}
                },
            },
            "responses": {"200": _answer("Counted")},
            "security": [
                {"ProgramCredential": ["usage:write"]},
                {"AccessToken": ["usage:write"]},
            ],
        },
        {
            400: ["bad_request"],
            401: ["unauthorized"],
            403: ["insufficient_scope"],
            413: ["content_too_large"],
            415: ["unsupported_media_type"],
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
            "parameters": [_TENANT, _ENVIRONMENT, _SAME],
            "responses": {"200": _answer("TenantEntitlements"), "304": _UNCHANGED},
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
                _SAME,
            ],
            "responses": {"200": _answer("ApplicationEntitlement"), "304": _UNCHANGED},
            "security": [
                {"OrganisationToken": [TokenScope.ENTITLEMENTS_READ.value]},
                {"ProgramCredential": ["entitlements:read"]},
                {"AccessToken": ["entitlements:read"]},
            ],
        },
        _ASKED,
    ),
)
