"""Whether this process can do its work: for load balancers and supervisors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from customers import clock, heartbeat
from portal.access import public_view

if TYPE_CHECKING:
    from django.http import HttpRequest


@public_view
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; 503 with the name of what does not.

    With `?deep=1` Redis has to answer as well, and a worker to have answered the scheduler lately:
    for who watches the portal as a whole. A load balancer asks without, for this process is not
    to blame, and what it does for programs needs neither.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _answer("database", 503)
    missing = _missing_elsewhere() if request.GET.get("deep") == "1" else ""
    return _answer(missing, 503) if missing else _answer("ok", 200)


def _missing_elsewhere() -> str:
    try:
        cache.get("healthz")
    except RedisError:
        return "redis"
    return "worker" if heartbeat.is_late(heartbeat.last_at(), clock.real_now()) else ""


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")
