from __future__ import annotations

import psycopg
import pytest
from django.db import InternalError, connection

from customers.models import Organisation
from customers.snapshots import in_batches, snapshot
from tests.factories.customers import OrganisationFactory

pytestmark = pytest.mark.django_db(transaction=True)


def rename_elsewhere(name: str) -> None:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another:
        another.execute("UPDATE customers_organisation SET name = %s", [name])


def names() -> list[str]:
    return list(
        in_batches(Organisation.objects.order_by("pk"), lambda rows: [o.name for o in rows])
    )


def test_everything_in_it_is_as_of_one_instant() -> None:
    OrganisationFactory(name="Before")

    with snapshot():
        assert names() == ["Before"]
        rename_elsewhere("After")
        with snapshot():
            assert names() == ["Before"]

    assert names() == ["After"]


def test_nothing_is_written_in_it() -> None:
    organisation = OrganisationFactory(name="Before")

    with pytest.raises(InternalError), snapshot():
        Organisation.objects.update(name="After")

    organisation.save()


def test_rows_are_shown_as_many_at_a_time_as_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customers.snapshots.ROWS_AT_ONCE", 2)
    OrganisationFactory.create_batch(5)
    found = Organisation.objects.order_by("pk")

    sizes = list(in_batches(found, lambda rows: [len(list(rows))]))

    assert sizes == [2, 2, 1]
