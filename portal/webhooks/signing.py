"""Secrets as Standard Webhooks has them, and how they are kept."""

from __future__ import annotations

import base64
import secrets
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """As receivers' libraries take it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """For the row: useless to who has the database without the portal's own key."""
    return _seals().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Also what was sealed with a key that SECRET_KEY_FALLBACKS still names."""
    return _seals().decrypt(sealed.encode()).decode()


def _seals() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(key)) for key in keys])


def _key(of: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(sha256(b"webhooks:" + force_bytes(of)).digest())
