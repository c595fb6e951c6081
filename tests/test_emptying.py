"""After a test that commits, the tables are as `migrate` left them."""

from __future__ import annotations

import datetime as dt
from threading import Thread
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.contrib.auth.models import Group, Permission
from django.db import ProgrammingError, connection, transaction

from customers import history
from customers.actors import SCHEDULE
from customers.models import History
from tests import emptying
from tests.factories.customers import TenantFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)

AT = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
SOMEBODY_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass)"
)


@pytest.fixture
def another() -> Iterator[psycopg.Connection]:
    """A session besides that of the test."""
    with psycopg.connect(**connection.get_connection_params()) as session:
        yield session


def _filled() -> set[str]:
    with connection.cursor() as cursor:
        tables = connection.introspection.django_table_names(only_existing=True)
        cursor.execute(
            " UNION ALL ".join(
                f"(SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\"))" for table in tables
            )
        )
        return {table for (table,) in cursor.fetchall()}


def test_what_was_committed_is_gone() -> None:
    open_shop()
    AuthorisationFactory(active=True)
    assert {"catalog_product", "customers_organisation"} < _filled()
    permissions = set(Permission.objects.values_list("pk", flat=True))

    emptying.empty()

    assert _filled() == emptying.OF_MIGRATE
    assert set(Permission.objects.values_list("pk", flat=True)) == permissions


def test_triggers_are_there_again_afterwards() -> None:
    emptying.empty()
    tenant = TenantFactory()
    with transaction.atomic():
        history.record(
            tenant, "tenant.looked_at", organisation=tenant.organisation, by=SCHEDULE, at=AT
        )

    with pytest.raises(ProgrammingError, match="append_only"):
        History.objects.all()._raw_delete("default")


def test_what_another_session_is_about_to_commit_goes_as_well(
    another: psycopg.Connection,
) -> None:
    another.execute("INSERT INTO auth_group (name) VALUES ('Late')")
    emptier = Thread(target=_empty_in_a_session_of_its_own)

    emptier.start()
    with connection.cursor() as cursor:
        waits = False
        while not waits and emptier.is_alive():
            cursor.execute(SOMEBODY_WAITS, ["auth_group"])
            (waits,) = cursor.fetchone()
    another.commit()
    emptier.join()

    assert waits
    assert not Group.objects.exists()


def _empty_in_a_session_of_its_own() -> None:
    try:
        emptying.empty()
    finally:
        connection.close()


def test_who_is_no_superuser_has_django_truncate(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(emptying, "call_command", lambda *names, **_options: asked.append(names))
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE pg_read_all_data")

        emptying.empty()

        cursor.execute("RESET ROLE")
    assert asked == [("flush",)]
