"""Reading a long list as it is at one instant, while others go on writing."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import QuerySet

ROWS_AT_ONCE = 2000  # of a long list, in memory

ONE_INSTANT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read in the block is as of its first query, and nothing can be written.

    Inside a transaction it shows what that one shows.
    """
    is_inside = connection.in_atomic_block
    with transaction.atomic():
        if not is_inside:
            with connection.cursor() as cursor:
                cursor.execute(ONE_INSTANT)
        yield


def in_batches[T, Shown](
    found: QuerySet[Any, T], shown: Callable[[Iterable[T]], Iterable[Shown]]
) -> Iterator[Shown]:
    """What `shown` makes of all rows, so many at a time."""
    for rows in batched(found.iterator(ROWS_AT_ONCE), ROWS_AT_ONCE):
        yield from shown(rows)
