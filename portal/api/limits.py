"""How often a token may ask: so many requests a minute, counted in Redis.

Without Redis nobody is counted and everybody is let in: a limit protects the portal from a
program that runs wild, and is no reason to stop those that do not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import redis
import structlog
from django.conf import settings

from customers import clock

if TYPE_CHECKING:
    from django.http import HttpResponse

WINDOW = 60  # seconds
_SOON = 0.2  # seconds: an answer waits no longer for the count
_SPARED = 5.0  # seconds for which Redis is not asked after it has failed

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Allowance:
    """`left` of `limit` requests, until `resets_in` seconds from now; uncounted without Redis."""

    limit: int
    left: int
    resets_in: int
    allowed: bool = True
    counted: bool = True


class _Patience:
    """Until when Redis is left alone, by the monotonic clock."""

    until = 0.0


def take(token_id: int) -> Allowance:
    """Count a request of the token in the current minute."""
    limit = settings.API_REQUESTS_PER_MINUTE
    now = int(clock.real_now().timestamp())
    window, resets_in = now // WINDOW, WINDOW - now % WINDOW
    uncounted = Allowance(limit, limit, resets_in, counted=False)
    if time.monotonic() < _Patience.until:
        return uncounted
    key = f"api:requests:{token_id}:{window}"
    try:
        pipeline = _redis(settings.REDIS_URL).pipeline(transaction=False)
        pipeline.incr(key)
        pipeline.expire(key, 2 * WINDOW)
        asked, _expires = pipeline.execute()
    except redis.RedisError as failure:
        _Patience.until = time.monotonic() + _SPARED
        log.warning("requests are not counted", failure=str(failure))
        return uncounted
    return Allowance(limit, max(0, limit - asked), resets_in, allowed=asked <= limit)


def tell(response: HttpResponse, allowance: Allowance) -> HttpResponse:
    """The headers of draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it."""
    if allowance.counted:
        response["RateLimit-Policy"] = f'"minute";q={allowance.limit};w={WINDOW}'
        response["RateLimit"] = f'"minute";r={allowance.left};t={allowance.resets_in}'
    return response


@cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=_SOON, socket_connect_timeout=_SOON)
