"""How often a program may ask: so many requests a minute, counted in the process and in Redis.

A process counts what it lets in by itself and tells Redis each time when that is a hundredth of
the limit; so a request pays for a look into a dictionary, and the processes together let in a
hundredth too much each, at most. Without Redis each process counts for itself: a limit protects
the portal from a program that runs wild, and is no reason to stop those that do not. A server's
process answers one request at a time; of several threads two may count as one now and then. See
0046.
"""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import redis
import structlog
from django.conf import settings
from django.utils.translation import ngettext

from customers import clock
from portal.api.answers import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

WINDOW = 60  # seconds
_PARTS = 100  # of a limit: after one of them Redis is told
_SOON = 0.2  # seconds: an answer waits no longer for the count
_SPARED = 5.0  # seconds for which Redis is not asked after it has failed

log = structlog.get_logger(__name__)


class Kind(enum.StrEnum):
    """Who has a limit of their own, and the setting that says which."""

    ORGANISATION = "API_REQUESTS_PER_MINUTE"  # one of its tokens
    PROGRAM = "PROGRAM_REQUESTS_PER_MINUTE"  # a credential that staff made
    APPLICATION = "APPLICATION_REQUESTS_PER_MINUTE"  # on one tenant, whatever its access tokens
    CLIENT = "CLIENT_REQUESTS_PER_MINUTE"  # an application with its secret
    PLATFORM = "PLATFORM_EVENTS_PER_MINUTE"  # which signs what it tells
    WEBHOOKS = "WEBHOOK_ADDRESSES_PER_MINUTE"  # a person at a form: each has a name looked up
    TENANT_IDS = "TENANT_IDS_PER_MINUTE"  # a maker of applications: each may be a guess


class Allowance(NamedTuple):
    """`left` of `limit` requests, as far as this process knows, until `resets_in` seconds on."""

    limit: int
    left: int
    resets_in: int
    allowed: bool


@dataclass(slots=True)
class _Count:
    known: int = 0  # of all processes, when Redis was told last
    own: int = 0  # of this one since

    def settle(self, key: str) -> None:
        """Tell Redis of one's own, and hear of the others'."""
        own, self.own = self.own, 0
        told = _add(key, own)
        self.known = max(self.known + own, told or 0)


@dataclass(slots=True)
class _Minute:
    number: int
    counts: dict[tuple[Kind, int], _Count] = field(default_factory=dict)
    # Secrets that are good and were used too often: turned away without a look at the database.
    over: dict[str, Kind] = field(default_factory=dict)


class _State:
    minute = _Minute(0)
    redis_spared_until = 0.0  # by the monotonic clock


def forget() -> None:
    """Start anew, and ask Redis again."""
    _State.minute = _Minute(0)
    _State.redis_spared_until = 0.0


def turned_away(secret: str) -> HttpResponse | None:
    """The answer for a secret whose minute was used up before; None for every other."""
    if not _State.minute.over:
        return None
    number, resets_in = _now()
    kind = _State.minute.over.get(secret) if _State.minute.number == number else None
    if kind is None:
        return None
    allowance = Allowance(getattr(settings, kind), 0, resets_in, allowed=False)
    return tell(too_many(allowance), allowance)


def counted[R: HttpResponseBase](
    kind: Kind, pk: int, *, secret: str | None, answer: Callable[[], R]
) -> R | HttpResponse:
    """`answer` with what is left in its headers; 429 when nothing was.

    `secret` is what was shown, to be turned away by; None where a signature was.
    """
    allowance = _take(kind, pk)
    if allowance.allowed:
        return tell(answer(), allowance)
    if secret is not None:
        _State.minute.over[secret] = kind
    return tell(too_many(allowance), allowance)


def allows(kind: Kind, pk: int) -> bool:
    """Count one more; whether it is within the limit of the minute."""
    return _take(kind, pk).allowed


def too_many(allowance: Allowance) -> HttpResponse:
    detail = ngettext(
        "At most %(limit)d requests a minute. Go on in %(seconds)d second.",
        "At most %(limit)d requests a minute. Go on in %(seconds)d seconds.",
        allowance.resets_in,
    ) % {"limit": allowance.limit, "seconds": allowance.resets_in}
    return problem(HTTPStatus.TOO_MANY_REQUESTS, detail, Retry_After=str(allowance.resets_in))


def tell[R: HttpResponseBase](response: R, allowance: Allowance) -> R:
    """The headers of draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it."""
    response["RateLimit-Policy"] = f'"minute";q={allowance.limit};w={WINDOW}'
    response["RateLimit"] = f'"minute";r={allowance.left};t={allowance.resets_in}'
    return response


def _take(kind: Kind, pk: int) -> Allowance:
    limit: int = getattr(settings, kind)
    number, resets_in = _now()
    if _State.minute.number != number:
        _State.minute = _Minute(number)
    counts = _State.minute.counts
    count = counts.get((kind, pk)) or counts.setdefault((kind, pk), _Count())
    count.own += 1
    if count.own * _PARTS >= limit:
        count.settle(f"api:requests:{kind}:{pk}:{number}")
    left = limit - count.known - count.own
    return Allowance(limit, max(0, left), resets_in, allowed=left >= 0)


def _now() -> tuple[int, int]:
    """Which minute it is, and in how many seconds the next one begins."""
    now = int(clock.real_now().timestamp())
    return now // WINDOW, WINDOW - now % WINDOW


def _add(key: str, requests: int) -> int | None:
    """How many there were in all; None without Redis."""
    if time.monotonic() < _State.redis_spared_until:
        return None
    try:
        pipeline = _redis(settings.REDIS_URL).pipeline(transaction=False)
        pipeline.incrby(key, requests)
        pipeline.expire(key, 2 * WINDOW)
        total, _expires = pipeline.execute()
    except redis.RedisError as failure:
        _State.redis_spared_until = time.monotonic() + _SPARED
        log.warning("each process counts requests for itself", failure=str(failure))
        return None
    return int(total)


@cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=_SOON, socket_connect_timeout=_SOON)
