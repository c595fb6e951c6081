"""Where people are signed in, by the key of the session; what `SESSION_ENGINE` names."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's own; under another key a session is still known as that person's.

    After a change of `SECRET_KEY` Django gives each session another key, with whatever page comes
    next. allauth knows of sessions by their key alone, and what it does not know nobody ends.
    """

    def cycle_key(self) -> None:
        before = self.session_key
        super().cycle_key()
        # A second one, and not moved: pages asked for at the same time each get a key.
        known = UserSession.objects.filter(session_key=before).first()
        if known is not None:
            known.pk, known.session_key = None, self.session_key
            known.save(force_insert=True)
