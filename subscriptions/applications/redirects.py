"""Where an application may have people sent back to. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_fit(address: str) -> bool:
    """https, or http on the machine itself while developing (RFC 8252, 7.3); no fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.fragment or not parts.hostname or "*" in address:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")
    )
