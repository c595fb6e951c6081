"""The invitation a visitor came with: remembered in the session until it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers import clock
from customers.operations import people

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Invitation

SESSION_KEY = "invitation_token"


def remember(request: HttpRequest, token: str) -> None:
    request.session[SESSION_KEY] = token


def forget(request: HttpRequest) -> str | None:
    """Forget the token and give it back, if there was one."""
    token: str | None = request.session.pop(SESSION_KEY, None)
    return token


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The invitation this visitor can still accept; None without one."""
    token = request.session.get(SESSION_KEY)
    if not token:
        return None
    try:
        return people.invitation_behind(token, at=clock.now())
    except people.InvitationUnusable:
        return None
