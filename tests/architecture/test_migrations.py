"""Between `migrate` and their restart old processes write rows that know no column of today.

So a column that is added may be empty, or has its default in the database (`db_default`), also
when it may be empty no longer; and what a statement of theirs is told to meet stays a version more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import UniqueConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations import Migration
    from django.db.migrations.state import ModelState

ROOMS = ("billing", "catalog", "customers", "portal", "subscriptions")


Judged = migrations.AddField | migrations.AlterField | migrations.RemoveConstraint


def must_be_given(field: models.Field[object, object]) -> bool:
    """Whether the database refuses a row that says nothing of it."""
    return not (field.null or field.has_db_default() or field.many_to_many or field.generated)


def refused(migration: Migration, before: ProjectState) -> Iterator[str]:
    """What an old process meets in a table that was there `before`: a column of which it says
    nothing, or that something no longer is unique, which its `ON CONFLICT` may name.
    """
    made = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    for operation in migration.operations:
        if not isinstance(operation, Judged) or operation.model_name_lower in made:
            continue
        was = before.models[migration.app_label, operation.model_name_lower]
        if is_in_the_way(operation, was):
            yield f"{migration}: {operation.model_name}.{operation.name}"


def is_in_the_way(operation: Judged, was: ModelState) -> bool:
    match operation:
        case migrations.AddField():
            return must_be_given(operation.field)
        case migrations.AlterField():
            old = was.fields.get(operation.name)
            return must_be_given(operation.field) and not (old and must_be_given(old))
        case migrations.RemoveConstraint():
            unique = (
                each for each in was.options["constraints"] if isinstance(each, UniqueConstraint)
            )
            return operation.name in {each.name for each in unique}
    return False


def of_ours() -> Iterator[tuple[Migration, ProjectState]]:
    """Those of our apps, each with how it was before it."""
    labels = {each.label for each in apps.get_app_configs() if each.name.split(".")[0] in ROOMS}
    loader = MigrationLoader(None)
    for (label, name), each in sorted(loader.disk_migrations.items()):
        if label in labels:
            yield each, loader.project_state((label, name), at_end=False)


def test_what_old_processes_write_is_taken() -> None:
    assert [found for each, before in of_ours() for found in refused(each, before)] == []


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
    before = ProjectState.from_apps(apps)

    class Planted(migrations.Migration):
        operations = (
            migrations.CreateModel("Fresh", fields=[]),
            migrations.AddField("fresh", "planted", field),
            migrations.AddField("tenant", "planted", field),
        )

    found = list(refused(Planted("0999_planted", "customers"), before))

    assert found == (["customers.0999_planted: tenant.planted"] if is_found else [])


def test_what_may_be_empty_no_longer_or_twice_is_found() -> None:
    before = ProjectState.from_apps(apps)

    class Planted(migrations.Migration):
        operations = (
            migrations.AlterField("person", "last_login", models.DateTimeField()),
            migrations.AlterField("person", "name", models.CharField(max_length=9)),
            migrations.RemoveConstraint("membership", "membership_one_role_per_organisation"),
        )

    found = list(refused(Planted("0999_planted", "customers"), before))

    assert found == [
        "customers.0999_planted: person.last_login",
        "customers.0999_planted: membership.membership_one_role_per_organisation",
    ]
