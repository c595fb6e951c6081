"""Verify an Expander Services licence file. Needs nothing but the package `cryptography`."""

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    """The file licenses nothing here and now; the message says why."""


def decoded(text: str) -> bytes:
    found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != text:
        raise ValueError("not as it was written")
    return found


def keys_of(published: str) -> dict[str, Ed25519PublicKey]:
    """What `/.well-known/licence-keys.json` holds, by key id: fetch it, and keep it."""
    keys = json.loads(published)["keys"]
    return {key["kid"]: Ed25519PublicKey.from_public_bytes(decoded(key["x"])) for key in keys}


def verify(
    text: str, keys: dict[str, Ed25519PublicKey], names: dict[str, str], at: datetime
) -> Any:
    """What the tenant with these names may use at `at`, which knows its zone."""
    try:
        header, content, signature = text.strip().split(".")
        key = keys.get(json.loads(decoded(header))["kid"])
    except (ValueError, TypeError, KeyError):
        raise Refused("not a licence file") from None
    if key is None:
        raise Refused("signed with an unknown key")
    try:
        key.verify(decoded(signature), f"{header}.{content}".encode())
    except (InvalidSignature, ValueError):
        raise Refused("changed after it was signed") from None
    licence = json.loads(decoded(content))
    if licence["tenant"] != names:
        raise Refused("made for another serial number or owner")
    ends = licence["grace_until"]
    if at >= datetime.fromisoformat(ends):
        raise Refused(f"ended at {ends}")
    # A capability may end before the file does, and then without grace.
    given = licence["capabilities"]
    given = [each for each in given if at < datetime.fromisoformat(each.get("until", ends))]
    return {**licence, "capabilities": given}
