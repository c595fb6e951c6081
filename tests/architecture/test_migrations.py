"""Between `migrate` and their restart old processes write rows that know no column of today.

So a column that is added may be empty, or has its default in the database (`db_default`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations import Migration

ROOMS = ("billing", "catalog", "customers", "portal", "subscriptions")
# The last of each app that was made before this rule.
BEFORE = {
    "answered": "0002_answers_of_whoever_asked",
    "applications": "0015_empty_is_called_other",
    "billing": "0021_rules_that_are_broken",
    "catalog": "0013_names_on_documents",
    "customers": "0022_the_language_that_invoices_were_in",
    "documents": "0009_e_invoices_given_up",
    "licence_files": "0002_the_next_one_by_mail",
    "metering": "0007_client_ids_of_one_application",
    "payments": "0003_indexes_that_earn_their_keep",
    "provisioning": "0007_what_only_the_platform_has",
    "subscriptions": "0009_accepted_terms",
    "vies": "0001_initial",
    "webhooks": "0007_developers_hear_of_tenants",
}


def must_be_given(field: models.Field[object, object]) -> bool:
    """Whether the database refuses a row that says nothing of it."""
    return not (field.null or field.has_db_default() or field.many_to_many or field.generated)


def refused(migration: Migration) -> Iterator[str]:
    """Columns without which nobody can write a row of a table that was there before."""
    made = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    for operation in migration.operations:
        if (
            isinstance(operation, migrations.AddField)
            and operation.model_name_lower not in made
            and must_be_given(operation.field)
        ):
            yield f"{migration}: {operation.model_name}.{operation.name}"


def of_ours() -> list[Migration]:
    labels = {each.label for each in apps.get_app_configs() if each.name.split(".")[0] in ROOMS}
    on_disk = MigrationLoader(None).disk_migrations
    return [each for (label, _name), each in sorted(on_disk.items()) if label in labels]


def test_what_old_processes_write_is_taken() -> None:
    ours = of_ours()
    later = [each for each in ours if each.name > BEFORE.get(each.app_label, "")]

    assert len(ours) > 100
    assert [column for each in later for column in refused(each)] == []


@pytest.mark.parametrize(
    ("field", "is_found"),
    [
        pytest.param(models.BooleanField(default=False), True, id="a default of Python's"),
        pytest.param(models.BooleanField(default=False, db_default=False), False, id="both"),
        pytest.param(models.DateTimeField(null=True), False, id="empty"),
        pytest.param(models.ManyToManyField("self"), False, id="a table of its own"),
    ],
)
def test_a_planted_column_is_found(field: models.Field[object, object], *, is_found: bool) -> None:
    class Planted(migrations.Migration):
        operations = (
            migrations.CreateModel("Fresh", fields=[]),
            migrations.AddField("fresh", "planted", field),
            migrations.AddField("tenant", "planted", field),
        )

    found = list(refused(Planted("0999_planted", "customers")))

    assert found == (["customers.0999_planted: tenant.planted"] if is_found else [])
