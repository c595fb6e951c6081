"""The cache and the queue live in one Redis database, and emptying one leaves the other."""

from __future__ import annotations

import redis
from django.conf import settings
from django.core.cache import cache

from customers.tasks import deliver_mail


def test_emptying_the_cache_leaves_the_queue() -> None:
    cache.set_many({f"page-{number}": number for number in range(2_500)})
    deliver_mail.delay()

    cache.clear()

    there = redis.Redis.from_url(settings.REDIS_URL)
    assert there.llen("celery") == 1
    assert cache.get_many(["page-0", "page-1234", "page-2499"]) == {}
    assert [key for key in there.scan_iter() if key.startswith(b"cache:")] == []
