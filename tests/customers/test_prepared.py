"""Statements that are kept as plans: on whose connection they run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from customers.models import Organisation
from customers.prepared import fetch_prepared
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
