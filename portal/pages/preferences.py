"""How somebody likes the portal to look; the language is an affair of the account."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.access import public_view

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

THEME_COOKIE = "theme"  # base.html reads it
THEMES = ("light", "dark")
REMEMBERED_FOR = dt.timedelta(days=365)


@public_view
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep `theme` in a cookie; anything but light and dark means: as the system says."""
    response = HttpResponseRedirect(_back(request))
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=REMEMBERED_FOR,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def _back(request: HttpRequest) -> str:
    """Where the form was, but never on another host."""
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else "/"
