"""The cache shares its Redis database with the messages to workers, so it empties only its own."""

from __future__ import annotations

from itertools import batched

from django.core.cache.backends.redis import RedisCache

AT_ONCE = 1000  # keys


class PrefixedRedisCache(RedisCache):
    """Django's, except that `clear` spares whatever does not begin with the cache's prefix.

    Django's own empties the whole database, with the queue of the workers in it; with a prefix
    REDIS_URL stays the only setting, and a host with a single database will do. It is for one
    server, as Django's is: a cluster's shards would each have to be asked.
    """

    def clear(self) -> None:
        redis = self._cache.get_client(write=True)
        for keys in batched(redis.scan_iter(match=f"{self.key_prefix}:*", count=AT_ONCE), AT_ONCE):
            redis.unlink(*keys)
