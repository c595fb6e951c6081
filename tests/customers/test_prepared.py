"""Statements that are kept as plans: on whose connection they run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from customers.models import Organisation
from customers.prepared import PlanOutOfDate, fetch_prepared
from tests.factories.customers import OrganisationFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

WHO = "SELECT pg_backend_pid()"
COUNT = "SELECT count(*) FROM customers_organisation"


@pytest.fixture
def _nothing_is_borrowed(transactional_db: None) -> Iterator[None]:
    connection.close()
    yield
    connection.close()


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_outside_a_transaction_a_thread_keeps_its_own() -> None:
    first = fetch_prepared(WHO, [])

    assert connection.connection is None  # nothing was borrowed for it
    assert fetch_prepared(WHO, []) == first


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_one_that_the_server_closed_is_opened_anew() -> None:
    ((process,),) = fetch_prepared(WHO, [])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    connection.close()

    ((another,),) = fetch_prepared(WHO, [])

    assert another != process


def test_in_a_transaction_it_sees_what_the_transaction_wrote(db: None) -> None:
    with transaction.atomic():
        OrganisationFactory()

        assert fetch_prepared(COUNT, []) == [(Organisation.objects.count(),)]


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_a_refusal_is_one_of_djangos_and_leaves_the_connection_good() -> None:
    before = fetch_prepared(WHO, [])

    with pytest.raises(DatabaseError):
        fetch_prepared("SELECT 1/0", [])

    assert fetch_prepared(WHO, []) == before


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_parameters_may_have_names_or_an_order_and_any_size() -> None:
    named = "SELECT %(number)s + 1::bigint, %(word)s::text, %(number)s"
    ordered = "SELECT %s::text, %s::date, %s::text"

    small = fetch_prepared(named, {"number": 1, "word": "ene", "unused": 0})
    large = fetch_prepared(named, {"number": 2**40, "word": "mene", "unused": 0})
    day = dt.date(2026, 11, 2)

    assert small == [(2, "ene", 1)]
    assert large == [(2**40 + 1, "mene", 2**40)]
    assert fetch_prepared(ordered, ["é", day, None]) == [("é", day, None)]


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_a_plan_is_not_made_anew_for_values_that_look_cheap() -> None:
    statement = "SELECT count(*) FROM unnest(%s::bigint[])"

    for _time in range(8):  # after five PostgreSQL would choose
        assert fetch_prepared(statement, [[7]]) == [(1,)]

    kept = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = %s"
    assert fetch_prepared(kept, [statement.replace("%s", "$1")]) == [(8, 0)]


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_instants_come_back_as_django_has_them() -> None:
    at = dt.datetime(2026, 11, 2, 11, 0, tzinfo=dt.UTC)

    [(found,)] = fetch_prepared("SELECT %s::timestamptz", [at])

    assert (found, found.utcoffset()) == (at, dt.timedelta())


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_a_statement_is_planned_once() -> None:
    for _time in range(3):
        fetch_prepared("SELECT 'planned once'", [])

    known = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
    assert fetch_prepared(known, ["%planned once%"]) == [(1,)]


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_what_a_constraint_refuses_is_told_from_the_rest() -> None:
    with pytest.raises(IntegrityError):
        fetch_prepared("INSERT INTO customers_organisation DEFAULT VALUES", [])


KEPT = "SELECT * FROM kept_plan WHERE number = %s"
ADDED = "ALTER TABLE kept_plan ADD COLUMN word text DEFAULT 'new'"
WIDENED = "ALTER TABLE kept_plan ALTER COLUMN number TYPE bigint"
RETYPED = "ALTER TABLE kept_plan ALTER COLUMN number TYPE varchar(10)"


def elsewhere(statement: str) -> None:
    """As a migration does it: on a connection of its own."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as migrating:
        migrating.execute(statement)


class TestMigration:
    @pytest.fixture(autouse=True)
    def _table(self, _nothing_is_borrowed: None) -> Iterator[None]:
        elsewhere("CREATE TABLE kept_plan AS SELECT 7 AS number")
        yield
        connection.close()
        # What is planned there would meet the next test's table.
        connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's
        elsewhere("DROP TABLE kept_plan")

    @pytest.mark.parametrize(
        ("migration", "after"),
        [
            pytest.param(ADDED, (7, "new"), id="a column more"),
            pytest.param(WIDENED, (7,), id="a wider type"),
            pytest.param(RETYPED, ("7",), id="a type that no parameter has"),
        ],
    )
    def test_a_kept_plan_gives_way_to_a_new_one(
        self, migration: str, after: tuple[object, ...]
    ) -> None:
        before = fetch_prepared(KEPT, [7])
        (session,) = fetch_prepared(WHO, [])

        elsewhere(migration)

        assert before == [(7,)]
        assert fetch_prepared(KEPT, ["7"]) == [after]
        assert fetch_prepared(KEPT, ["7"]) == [after]
        assert fetch_prepared(WHO, []) == [session]  # the others of the connection stay
        known = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
        assert fetch_prepared(known, ["%FROM kept_plan%"]) == [(1,)]

    def test_what_is_no_longer_there_is_told_each_time(self) -> None:
        fetch_prepared(KEPT, [7])
        elsewhere("ALTER TABLE kept_plan RENAME TO moved_plan")

        for _time in range(2):
            with pytest.raises(DatabaseError, match="kept_plan"):
                fetch_prepared(KEPT, [7])

        elsewhere("ALTER TABLE moved_plan RENAME TO kept_plan")
        assert fetch_prepared(KEPT, [7]) == [(7,)]

    def test_a_transaction_is_to_be_done_again_and_then_succeeds(self) -> None:
        def asked() -> list[tuple[object, ...]]:
            with transaction.atomic():
                return fetch_prepared(KEPT, [7])

        assert asked() == [(7,)]
        elsewhere(ADDED)

        with pytest.raises(PlanOutOfDate):
            asked()

        assert asked() == [(7, "new")]

    def test_a_savepoint_may_be_tried_again_in_its_transaction(self) -> None:
        with transaction.atomic():
            fetch_prepared(KEPT, [7])
        elsewhere(ADDED)

        with transaction.atomic():
            with pytest.raises(PlanOutOfDate), transaction.atomic():
                fetch_prepared(KEPT, [7])

            assert fetch_prepared(KEPT, [7]) == [(7, "new")]
