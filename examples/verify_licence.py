"""Verify an Expander Services licence file. Needs nothing but the package `cryptography`."""

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Key


class Refused(Exception):
    """The file licenses nothing here and now; the message says why."""


def decoded(text: str) -> bytes:
    """Nothing for another spelling of the same bytes: not a letter of a file may change."""
    found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return found if base64.urlsafe_b64encode(found).rstrip(b"=").decode() == text else b""


def keys_of(jwks: str) -> dict[str, Key]:
    """What `/.well-known/licence-keys.json` holds, by key id: fetch it, and keep it."""
    return {k["kid"]: Key.from_public_bytes(decoded(k["x"])) for k in json.loads(jwks)["keys"]}


def verify(jws: str, keys: dict[str, Key], names: dict[str, str], at: datetime) -> dict[str, Any]:
    """What the tenant with these names may use at `at`, which knows its zone."""
    try:
        header, content, signature = jws.strip().split(".")
        key = keys[json.loads(decoded(header))["kid"]]
        key.verify(decoded(signature), f"{header}.{content}".encode())
    except InvalidSignature:
        raise Refused("changed after it was signed") from None
    except KeyError:
        raise Refused("signed with an unknown key") from None
    except (ValueError, TypeError):
        raise Refused("not a licence file") from None
    file = json.loads(decoded(content))
    if file["tenant"] != names:
        raise Refused("made for another serial number or owner")
    if at >= datetime.fromisoformat(ends := file["grace_until"]):
        raise Refused(f"ended at {ends}")
    # A capability may end before the file does, and then without grace.
    given = [c for c in file["capabilities"] if at < datetime.fromisoformat(c.get("until", ends))]
    return {**file, "capabilities": given}
