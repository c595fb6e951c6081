"""The key that this clone's demo signs licence files with.

Standard library only: the development settings read it.
"""

from __future__ import annotations

import base64
import os

from portal.local import place
from portal.local.kept import Kept

KEPT = Kept(place.LOCAL / "licence-signing-key")


def known() -> str:
    """Empty before the first `make run`."""
    return KEPT.read()


def make() -> None:
    """32 random bytes in base64url, once."""
    if not known():
        KEPT.write(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode())
