"""What the environment says, where an empty variable means the same as none."""

from __future__ import annotations

import os


def number(name: str, default: int) -> int:
    """A whole number. compose.yaml and `.env` may hand on a name with nothing behind it."""
    return int(os.environ.get(name) or default)
