"""What is kept for many tests is there for each of them, and is checked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from customers.models import Membership
from tests.factories.customers import MembershipFactory
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

pytestmark = pytest.mark.django_db


def test_it_is_there_for_each_test_until_the_end(django_db_blocker: DjangoDbBlocker) -> None:
    with kept_until_the_end(django_db_blocker, MembershipFactory) as kept:
        assert _after_a_test() == _after_a_test() == [kept.pk]

    assert not Membership.objects.exists()


def test_its_references_are_checked_once(django_db_blocker: DjangoDbBlocker) -> None:
    with kept_until_the_end(django_db_blocker, MembershipFactory):
        before = _looked_up()
        _after_a_test()
        _after_a_test()
        found = _looked_up()

    assert found == before


def _after_a_test() -> list[int]:
    """What pytest-django, with Django's TestCase, does around each test."""
    with transaction.atomic():
        there = list(Membership.objects.values_list("pk", flat=True))
        connection.check_constraints()
        transaction.set_rollback(True)
    return there


def _looked_up() -> int:
    """How often this transaction has gone through the index of what is referred to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(idx_scan) FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('customers_organisation', 'customers_person')"
        )
        (scans,) = cursor.fetchone()
    return int(scans)
