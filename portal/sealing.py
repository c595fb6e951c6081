"""Secrets that the portal must be able to read again, as they are kept in rows."""

from __future__ import annotations

import base64
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


class Seals:
    """Of one purpose: what was sealed for another one cannot be put in its place."""

    def __init__(self, purpose: str) -> None:
        self._purpose = force_bytes(purpose) + b":"

    def seal(self, secret: str) -> str:
        """For the row: useless to who has the database without the portal's own key."""
        return self._keys().encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Also what was sealed with a key that SECRET_KEY_FALLBACKS still names.

        Raises cryptography.fernet.InvalidToken for anything else.
        """
        return self._keys().decrypt(sealed.encode()).decode()

    def renewed(self, sealed: str) -> str:
        """Sealed with SECRET_KEY, so that its fallbacks can go; the same when it is already.

        Raises InvalidToken for what neither opens.
        """
        try:
            Fernet(self._key(settings.SECRET_KEY)).decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(self.unseal(sealed))
        return sealed

    def _keys(self) -> MultiFernet:
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return MultiFernet([Fernet(self._key(key)) for key in keys])

    def _key(self, of: str | bytes) -> bytes:
        return base64.urlsafe_b64encode(sha256(self._purpose + force_bytes(of)).digest())
