"""Statements that are kept as plans: on whose connection they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

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
