"""Secrets as Standard Webhooks has them, and how they are kept."""

from __future__ import annotations

import base64
import secrets

from portal.sealing import Seals

PREFIX = "whsec_"
SECRET_BYTES = 32

SEALS = Seals("webhooks")


def new_secret() -> str:
    """As receivers' libraries take it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """For the row: useless to who has the database without the portal's own key."""
    return SEALS.seal(secret)


def unseal(sealed: str) -> str:
    """Also what was sealed with a key that SECRET_KEY_FALLBACKS still names."""
    return SEALS.unseal(sealed)
