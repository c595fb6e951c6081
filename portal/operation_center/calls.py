"""An example of what applications call: it works exactly as long as the portal allows it."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from portal.operation_center.contract import Reply, problem

if TYPE_CHECKING:
    from portal.operation_center.server import Settings
    from portal.operation_center.state import State

WHO = "/api/oauth/application"
SECONDS_TO_ANSWER = 5


def read_contacts(kept: State, settings: Settings, authorization: str) -> Reply:
    """`GET /contacts` with an application's token: its tenant's contacts, or why not.

    The portal is asked about the token at every call, and what it told of the application has
    to allow it as well. Without an answer of the portal nothing is allowed.
    """
    if not authorization.startswith("Bearer "):
        return problem(401, "show a token of the portal")
    try:
        claims = _claims(settings, authorization)
    except OSError:
        return problem(503, "the portal does not answer, so no token can be believed")
    if claims is None:
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


def _claims(settings: Settings, authorization: str) -> dict[str, Any] | None:
    """What the token is good for; None when it is good for nothing. Raises OSError."""
    request = urllib.request.Request(  # noqa: S310 - the portal's address, from the settings
        settings.portal.rstrip("/") + WHO, headers={"Authorization": authorization}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=SECONDS_TO_ANSWER) as answer:
            claims: dict[str, Any] = json.load(answer)
            return claims
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code >= 500:
                raise OSError from refused
        return None


def _is_over(held: dict[str, Any]) -> bool:
    until = held.get("until")
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a system of its own
    return until is not None and dt.datetime.fromisoformat(until) <= now
