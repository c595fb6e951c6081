"""What a program asks, while somebody looks at pages: the API as an application calls it."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.conftest import Door


def token_for(door: Door, client_id: str, secret: str, tenant: str) -> dict[str, Any]:
    form = {"grant_type": "client_credentials", "tenant": tenant}
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    request = urllib.request.Request(
        f"{door.address}/api/oauth/token",
        urllib.parse.urlencode(form).encode(),
        {"Authorization": f"Basic {basic}"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            said: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        said = json.load(error)
    return said


def send(
    address: str, headers: dict[str, str], content: dict[str, str] | None = None
) -> tuple[int, dict[str, Any], str]:
    """Status, what it holds where that is JSON, and the text."""
    body = urllib.parse.urlencode(content).encode() if content else None
    request = urllib.request.Request(address, body, headers)
    try:
        with urllib.request.urlopen(request) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    found = json.loads(text) if text.startswith("{") else {}
    return status, found, text


def introspected(door: Door, secret: str, token: str) -> object:
    shown = {"Authorization": f"Bearer {secret}"}
    return send(f"{door.address}/api/oauth/introspect", shown, {"token": token})[1].get("active")
