"""A receiver of webhooks, as a customer or a developer would have one: the demo's endpoints.

What is posted below `/webhooks/` is noted once for each message, whatever number of attempts it
takes, with whether it was signed with a secret that is known here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portal.operation_center.contract import Reply, is_signed, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal.operation_center.state import State

BELOW = "/webhooks/"
BROKEN = "broken"  # the receiver of this name fails, always
SHOWN = 20  # messages
LONGEST_SHOWN = 4_000  # characters of one


def hear(
    kept: State, path: str, headers: Mapping[str, str], body: bytes, secrets: Iterable[str]
) -> Reply:
    """`POST /webhooks/<receiver>`: 200, or always 503 where the receiver is the broken one."""
    receiver = path.removeprefix(BELOW)
    content = body.decode(errors="replace")
    try:
        message = json.loads(content)
        message_id, kind, sequence = message["id"], message["type"], message.get("sequence")
    except (ValueError, KeyError, TypeError, AttributeError):
        return problem(400, "not a message of a webhook")
    kept.hear(
        receiver,
        str(message_id),
        kind=str(kind),
        sequence=sequence if isinstance(sequence, int) else None,
        is_signed=is_signed(headers, content, secrets),
        body=content[:LONGEST_SHOWN],
    )
    if receiver == BROKEN:
        return problem(503, "this receiver always fails")
    return Reply(200, {"status": "heard"})
