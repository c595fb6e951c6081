"""The demo's own endpoints hear at its platform, wherever that listens this time.

What they are signed with lies here for the platform, where only its owner reads it.
"""

from __future__ import annotations

from portal.local import place

KEPT = place.LOCAL / "webhook-secrets"


def known() -> str:
    """With a space between; empty before the first `make run`."""
    try:
        return KEPT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def follow() -> None:
    """Have the endpoints lead to the platform of this run, and keep what signs them."""
    from customers import clock
    from portal.demo import webhooks

    at = clock.now()
    webhooks.move_to_platform(at=at)
    KEPT.touch(mode=0o600)
    KEPT.write_text(" ".join(webhooks.secrets(at=at)) + "\n", encoding="ascii")
