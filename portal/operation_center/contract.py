"""What it answers to the portal: every request is signed, every body bounded and read in full."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal.operation_center.state import State, Tenant

LARGEST_BODY = 4_000_000  # bytes
MOST_FACTS = 1000
MOST_TENANTS = 500
LONGEST_SUBJECT = 80  # characters


@dataclass(frozen=True)
class Reply:
    status: int
    content: dict[str, Any]

    @property
    def body(self) -> bytes:
        return json.dumps(self.content).encode()


def problem(status: int, detail: str) -> Reply:
    return Reply(status, {"status": status, "detail": detail})


def is_signed(headers: Mapping[str, str], content: str, secrets: Iterable[str]) -> bool:
    """By the portal, within five minutes: over the body, or the path where there is none."""
    for secret in secrets:
        try:
            Webhook(secret).verify(content, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False


def take_facts(state: State, body: bytes) -> Reply:
    """`POST /facts`: 200 with an outcome for each, also when some were refused."""
    try:
        facts = json.loads(body)["facts"]
        for fact in facts:
            _require_fact(fact)
    except (ValueError, KeyError, TypeError) as unreadable:
        return problem(400, f"not a list of facts: {unreadable!r}")
    if not 1 <= len(facts) <= MOST_FACTS:
        return problem(400, f"from 1 to {MOST_FACTS} facts at a time")
    return Reply(200, {"results": state.apply(facts)})


def report_tenants(state: State, path: str) -> Reply:
    """`GET /tenants`: what each tenant holds, a page at a time."""
    asked = parse_qs(urlsplit(path).query)
    environment, _slash, identifier = asked.get("after", [""])[0].partition("/")
    try:
        limit = min(int(asked.get("limit", [str(MOST_TENANTS)])[0]), MOST_TENANTS)
    except ValueError:
        return problem(400, "limit is a number")
    if limit < 1:
        return problem(400, "limit is 1 or more")
    found = state.tenants(after=(environment, identifier), limit=limit)
    more = f"{found[-1].environment}/{found[-1].identifier}" if len(found) == limit else None
    return Reply(200, {"tenants": [_as_content(each) for each in found], "next": more})


def _as_content(tenant: Tenant) -> dict[str, Any]:
    return {
        "environment": tenant.environment,
        "identifier": tenant.identifier,
        "state": tenant.state,
        "sequence": tenant.sequence,
        "holds": dict(tenant.holds),
    }


def _require_fact(fact: Mapping[str, Any]) -> None:
    for name, kind in (("id", str), ("subject", str), ("sequence", int), ("tenant", dict)):
        if not isinstance(fact[name], kind):
            raise TypeError(name)
    for name in ("environment", "identifier"):
        if not isinstance(fact["tenant"][name], str):
            raise TypeError(name)
    if len(fact["subject"]) > LONGEST_SUBJECT:
        raise ValueError("subject")
    if fact["value"] is not None and not isinstance(fact["value"], dict):
        raise TypeError("value")
