from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.access import person_of, public_view
from portal.accounts.landing import landing_address

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public_view
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Nothing lives here: to where the person belongs, or to the sign-in."""
    if not request.user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    return redirect(landing_address(person_of(request)))
