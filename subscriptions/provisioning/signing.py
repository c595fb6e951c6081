"""Messages between portal and platform carry the signatures of Standard Webhooks, both ways."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from standardwebhooks import Webhook, WebhookVerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def signed_headers(
    message_id: str, body: str, *, with_secrets: Iterable[str], at: dt.datetime
) -> dict[str, str]:
    """The three headers of a message sent at `at`: one signature for each secret."""
    # The library reads the digits of a datetime as UTC whatever zone they are in.
    at = at.astimezone(dt.UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(
            Webhook(secret).sign(message_id, at, body) for secret in with_secrets
        ),
    }


def is_signed(headers: Mapping[str, str], body: bytes, *, with_any_of: Iterable[str]) -> bool:
    """Whether one of the secrets signed it, within the last five minutes by the real clock."""
    for secret in with_any_of:
        try:
            Webhook(secret).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: what is no signature at all
            continue
        return True
    return False
