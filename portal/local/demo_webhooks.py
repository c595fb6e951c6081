"""The demo's own endpoints hear at its platform, wherever that listens this time.

What they are signed with lies here for the platform, where only its owner reads it.
"""

from __future__ import annotations

from portal.local import place
from portal.local.kept import Kept

KEPT = Kept(place.LOCAL / "webhook-secrets")


def known() -> str:
    """With a space between; empty before the first `make run`."""
    return KEPT.read()


def follow() -> None:
    """Have the endpoints lead to the platform of this run, and keep what signs them."""
    from customers import clock
    from portal.demo import webhooks

    at = clock.now()
    webhooks.move_to_platform(at=at)
    KEPT.write(" ".join(webhooks.secrets(at=at)))
