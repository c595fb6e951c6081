"""Rows that many tests look at and none may keep changed: made once, for a module or a package."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker


@contextmanager
def kept_until_the_end[T](blocker: DjangoDbBlocker, make: Callable[[], T]) -> Iterator[T]:
    """In a fixture with such a scope: what `make` makes is there until its end, rolled back then.

    Each test is a transaction within this one and takes back what it did itself. None of them may
    be transactional, which empties the tables; and an object is as the last test left it.
    """
    with blocker.unblock(), transaction.atomic():
        made = make()
        # Here, once. What is checked first within a test is to be checked again when the test is
        # taken back: every reference of all that is kept, after each of the tests.
        connection.check_constraints()
        yield made
        transaction.set_rollback(True)
