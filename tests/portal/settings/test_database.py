from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from customers.models import Person


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
