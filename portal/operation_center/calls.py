"""An example of what applications call: it works exactly as long as the portal allows it."""

from __future__ import annotations

import datetime as dt
import json
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from portal.operation_center.contract import Reply, problem

if TYPE_CHECKING:
    from portal.operation_center.server import Settings
    from portal.operation_center.state import State

INTROSPECTION = "/api/oauth/introspect"
SECONDS_TO_ANSWER = 5


def read_contacts(kept: State, settings: Settings, authorization: str) -> Reply:
    """`GET /contacts` with an application's token: its tenant's contacts, or why not.

    The portal is asked about the token at every call (RFC 7662), and what it told of the
    application has to allow it as well. Without an answer of the portal nothing is allowed.
    """
    kind, _space, token = authorization.partition(" ")
    if kind != "Bearer" or not token:
        return problem(401, "show a token of the portal")
    try:
        claims = _introspected(settings, token)
    except OSError:
        return problem(503, "the portal does not answer, so no token can be believed")
    if not claims["active"]:
        return problem(401, "the portal does not know this token, or no longer")
    place = claims["tenant"]
    tenant = kept.tenant(place["environment"], place["identifier"])
    if tenant is None:
        return problem(404, "this tenant is not here")
    held = tenant.holds.get(f"application:{claims['application']}")
    if held is None or _is_over(held) or not tenant.is_running:
        return problem(403, "the portal has not allowed this application on the tenant")
    contact = {"name": "Example Person", "tenant": tenant.identifier}
    return Reply(200, {"contacts": [contact]})


def _introspected(settings: Settings, token: str) -> dict[str, Any]:
    """What the portal says of the token, asked with the platform's own credential.

    Raises OSError, also when the portal refuses that credential: nothing is known then.
    """
    request = urllib.request.Request(  # noqa: S310 - the portal's address, from the settings
        settings.portal.rstrip("/") + INTROSPECTION,
        data=urlencode({"token": token}).encode(),
        headers={"Authorization": f"Bearer {settings.credential}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=SECONDS_TO_ANSWER) as answer:
        claims: dict[str, Any] = json.load(answer)
    return claims


def _is_over(held: dict[str, Any]) -> bool:
    until = held.get("until")
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a system of its own
    return until is not None and dt.datetime.fromisoformat(until) <= now
