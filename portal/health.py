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
    """200 when database and Redis answer; 503 with the name of the one that does not.

    With `?deep=1` a worker has to have answered the scheduler lately as well: for who watches
    the portal as a whole. A load balancer asks without, for this process is not to blame.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _answer("database", 503)
    try:
        cache.get("healthz")
    except RedisError:
        return _answer("redis", 503)
    if request.GET.get("deep") == "1" and heartbeat.is_late(heartbeat.last_at(), clock.real_now()):
        return _answer("worker", 503)
    return _answer("ok", 200)


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")
