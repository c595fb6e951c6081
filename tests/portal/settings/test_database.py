from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from customers.models import Person
from portal.settings.addresses import database_from_url


@pytest.mark.django_db(transaction=True)
def test_a_restart_of_the_database_costs_nobody_a_page() -> None:
    assert Person.objects.count() == 0
    connection.close()  # as at the end of a request: back to the pool
    server = connection.settings_dict

    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"] or None,
        user=server["USER"],
        password=server["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as another:
        another.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [server["NAME"]],
        )

    assert Person.objects.count() == 0


@pytest.mark.django_db
def test_nothing_is_compiled_for_a_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")

        assert cursor.fetchone() == ("off",)


def test_what_the_address_sets_counts_more() -> None:
    options = database_from_url("postgresql:///portal?options=-c%20jit%3Don")["OPTIONS"]

    assert isinstance(options, dict)
    assert options["options"] == "-c jit=off -c jit=on"
