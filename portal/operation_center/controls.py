"""The buttons of its page: how it misbehaves, and what it tells the portal."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.operation_center.server import Settings
    from portal.operation_center.state import State

EVENTS = "/api/platform/events"
SECONDS_TO_ANSWER = 10

# The state that a change leads to (D2.2, D2.3); the others leave it as it is.
CHANGES: Mapping[str, int | None] = {
    "Upgrade": None,
    "BackupRestored": None,
    "Suspend": 4,
    "Resume": 2,
    "Delete": 3,
    "Move": None,
}


SUITE_PLANS = ("", "starter", "core", "growth", "plus", "super")
USER_PLAN = "sales-premium"  # the one that its page can tell of


def carry_out(what: str, given: Mapping[str, str], kept: State, settings: Settings) -> str:
    """Do what a button says; returns what came of it where that is not seen on the page."""
    environment, identifier = given.get("environment", ""), given.get("identifier", "").strip()
    match what:
        case "mode" if given.get("mode") in ("well", "failing", "slow"):
            kept.set_mode(given["mode"])
        case "forget":
            kept.forget(environment, identifier, given.get("subject", ""))
        case "add" if environment and identifier:
            kept.add([(environment, identifier)])
        case "plans" if given.get("crm_suite_plan", "") in SUITE_PLANS:
            return tell_plans(environment, identifier, given, kept, settings)
        case "tell" if given.get("change") in CHANGES:
            return tell(environment, identifier, given["change"], kept, settings)
    return ""


def tell_plans(
    environment: str, identifier: str, given: Mapping[str, str], kept: State, settings: Settings
) -> str:
    """Tell the portal what the tenant has of the CRM itself; returns its answer in a line."""
    users = given.get("users", "")
    plans = {
        "users": {USER_PLAN: int(users)} if users.isdecimal() else {},
        "crm_suite_plan": given["crm_suite_plan"] or None,
    }
    number = kept.say(environment, identifier, None)
    return _tell("tenant.plans", environment, identifier, number, {"plans": plans}, settings)


def tell(environment: str, identifier: str, change: str, kept: State, settings: Settings) -> str:
    """Tell the portal of a change, signed; returns its answer in a line."""
    number = kept.say(environment, identifier, CHANGES[change])
    details: dict[str, Any] = {}
    if change == "Upgrade":
        details = {"version": "12.0"}
    if change == "Move":
        details = {"public_endpoint": "https://online2.example/"}
    said = {"change": change, **details}
    return _tell("tenant.changed", environment, identifier, number, said, settings)


def _tell(
    kind: str,
    environment: str,
    identifier: str,
    number: int,
    said: Mapping[str, Any],
    settings: Settings,
) -> str:
    event = {
        "id": str(uuid.uuid4()),
        "type": kind,
        "tenant": {"environment": environment, "identifier": identifier},
        "sequence": number,
        "at": dt.datetime.now(dt.UTC).isoformat(),  # noqa: TID251 - a system of its own
        **said,
    }
    return send(event, settings)


def send(event: Mapping[str, Any], settings: Settings) -> str:
    body = json.dumps(event)
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a system of its own
    signatures = " ".join(
        Webhook(secret).sign(event["id"], now, body) for secret in settings.own_secrets
    )
    request = urllib.request.Request(  # noqa: S310 - the portal's address, from the settings
        settings.portal.rstrip("/") + EVENTS,
        data=body.encode(),
        headers={
            "Content-Type": "application/json",
            "webhook-id": event["id"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures,
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=SECONDS_TO_ANSWER) as answer:
            return f"The portal answered {answer.status}: {answer.read(500).decode()}"
    except urllib.error.HTTPError as refused:
        with refused:
            return f"The portal refused: {refused.read(500).decode(errors='replace')}"
    except OSError as failure:
        return f"The portal does not answer: {failure}"
