"""Messages between portal and platform carry the signatures of Standard Webhooks, both ways."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from standardwebhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterable


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
