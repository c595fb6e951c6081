"""Who came by the door for developers: remembered in the session until there is an account.

Everybody else needs an invitation. A developer's account comes with an organisation of its own,
a partner, which has no customer, tenant or price: whatever it wants to do it has to ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "signs_up_as_developer"


def remember(request: HttpRequest) -> None:
    request.session[SESSION_KEY] = True


def is_one(request: HttpRequest) -> bool:
    return bool(request.session.get(SESSION_KEY))


def forget(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
