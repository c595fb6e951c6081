"""Signing with Ed25519, and the keys that everybody may verify with.

A licence file is a JWS (RFC 7515) with EdDSA (RFC 8037): header, content and signature, each in
base64url, with dots between them. A key goes by the first 16 hexadecimal digits of the SHA-256
of its public half, so that nobody has to name keys.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES = 32


class NoSigningKey(Refusal):
    sentence = _("Licence files cannot be signed now: the portal has no key for it.")


class MalformedKey(ValueError):
    """Not 32 bytes in base64url."""


@dataclass(frozen=True, slots=True)
class Signed:
    text: str
    key_id: str


def sign(content: Mapping[str, Any]) -> Signed:
    """Raises NoSigningKey."""
    if not settings.LICENCE_SIGNING_KEY:
        raise NoSigningKey
    key = _private(settings.LICENCE_SIGNING_KEY)
    key_id = key_id_of(key.public_key().public_bytes_raw())
    header = {"alg": "EdDSA", "kid": key_id, "typ": "licence"}
    signed = f"{encode(_compact(header))}.{encode(_compact(content))}"
    return Signed(f"{signed}.{encode(key.sign(signed.encode()))}", key_id)


def published_keys() -> dict[str, Any]:
    """The public key of today, earlier ones and coming ones, as a JWK set (RFC 7517)."""
    own = settings.LICENCE_SIGNING_KEY
    halves = [public_half(own)] if own else []
    halves += [decode_key(text) for text in settings.LICENCE_PUBLISHED_KEYS]
    return {"keys": [_as_jwk(half) for half in dict.fromkeys(halves)]}


def published_key_ids() -> list[str]:
    """By which of its keys a file may be signed to be believed today."""
    return [key["kid"] for key in published_keys()["keys"]]


def public_half(private: str) -> bytes:
    return _private(private).public_key().public_bytes_raw()


def new_private_key() -> str:
    return encode(Ed25519PrivateKey.generate().private_bytes_raw())


def key_id_of(public: bytes) -> str:
    return sha256(public).hexdigest()[:16]


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode_key(text: str) -> bytes:
    """Raises MalformedKey."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise MalformedKey("a key is 32 bytes in base64url")
    return found


@lru_cache(maxsize=2)
def _private(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(decode_key(text))


def _as_jwk(public: bytes) -> dict[str, str]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
        "kid": key_id_of(public),
        "x": encode(public),
    }


def _compact(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
