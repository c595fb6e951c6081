"""A race needs as many connections as it has threads; a process of the portal has fewer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pool_of(connections: int) -> Iterator[None]:
    """For a test with `transactional_db`: so many for its threads, and one for itself."""
    pool = connection.pool  # type: ignore[attr-defined]
    pool.resize(pool.min_size, connections + 2)
    yield
    # Not made smaller: what is idle in it would stay, more than the other tests' pool may hold.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
