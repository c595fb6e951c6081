"""What a test has committed is taken away as rows.

Django truncates every table after such a test. PostgreSQL then makes a hundred tables anew, with
all their indexes: half a second of processor time, for the few rows that lie in some of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection, transaction

if TYPE_CHECKING:
    from django.test import TransactionTestCase

# What `migrate` fills by itself; flushing, Django fills them again with the same.
OF_MIGRATE = {"auth_permission", "django_content_type"}


def after_a_test(_case: TransactionTestCase) -> None:
    """In the place of `TransactionTestCase._fixture_teardown`."""
    empty()


def empty() -> None:
    """Waits, as truncating does, for whoever is still in one of the tables.

    No trigger fires: history would not let itself be deleted, and references are kept by nobody
    while both ends go. Only a superuser may have it so; another lets Django truncate.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')::boolean")
        (is_superuser,) = cursor.fetchone()
    if not is_superuser:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        return
    tables = [connection.ops.quote_name(name) for name in _tables()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("; ".join(f"DELETE FROM {table}" for table in tables))


def _tables() -> list[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(found) - OF_MIGRATE)
