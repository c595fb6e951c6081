"""The key that this clone's demo signs licence files with.

Standard library only: the development settings read it.
"""

from __future__ import annotations

import base64
import os

from portal.local import place

KEPT = place.LOCAL / "licence-signing-key"


def known() -> str:
    """Empty before the first `make run`."""
    try:
        return KEPT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def make() -> None:
    """32 random bytes in base64url, once."""
    if known():
        return
    place.LOCAL.mkdir(exist_ok=True)
    KEPT.touch(mode=0o600)
    KEPT.write_text(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode() + "\n")
