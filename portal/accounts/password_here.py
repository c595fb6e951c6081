"""Whose password was typed in this browser: remembered in the session, for a first confirmation.

Anybody can sign up with anybody's address. Who confirms it where the password was typed has both
of them. Who confirms it elsewhere is the mailbox's owner, and the password may be a stranger's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Person

SESSION_KEY = "password_typed_for"


def remember(request: HttpRequest, person: Person) -> None:
    request.session[SESSION_KEY] = person.pk


def was_typed(request: HttpRequest, person: Person) -> bool:
    return request.session.get(SESSION_KEY) == person.pk
