"""Rows that many tests look at and none may keep changed: made once, for a module or a package."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker


@contextmanager
def kept_until_the_end(blocker: DjangoDbBlocker) -> Iterator[None]:
    """In a fixture with such a scope: what is made inside is there until its end, rolled back then.

    Each test is a transaction within this one and takes back what it did itself. None of them may
    be transactional, which empties the tables; and an object is as the last test left it.
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
