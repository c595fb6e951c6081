import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [("licence_files", "0001_initial"), ("licence_files", "0002_the_next_one_by_mail")]

    initial = True

    dependencies = [
        ("customers", "0001_first_release"),
    ]

    operations = [
        migrations.CreateModel(
            name="LicenceFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licence_files",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("key_id", models.CharField(max_length=16, verbose_name="key")),
                ("content", models.TextField(verbose_name="content")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                ("warning_at", models.DateTimeField(verbose_name="warns from")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("grace_until", models.DateTimeField(verbose_name="works until")),
                ("by_mail", models.BooleanField(default=True, verbose_name="the next one by mail")),
                (
                    "followed_up_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="followed up at"),
                ),
            ],
            options={
                "verbose_name": "licence file",
                "verbose_name_plural": "licence files",
                "indexes": [
                    models.Index(
                        condition=models.Q(("followed_up_at__isnull", True)),
                        fields=["warning_at"],
                        name="licence_file_follow_up_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "number"), name="licence_file_number_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("followed_up_at__isnull", True)),
                        fields=("tenant",),
                        name="licence_file_present_once_per_tenant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("issued_at__lt", models.F("expires_at")),
                            ("issued_at__lte", models.F("warning_at")),
                            ("warning_at__lte", models.F("expires_at")),
                            ("expires_at__lte", models.F("grace_until")),
                        ),
                        name="licence_file_dates_in_order",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="licencefile",
            trigger=pgtrigger.compiler.Trigger(
                name="signed_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."tenant_id" IS DISTINCT FROM (NEW."tenant_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."key_id" IS DISTINCT FROM (NEW."key_id") OR OLD."content" IS DISTINCT FROM (NEW."content") OR OLD."issued_at" IS DISTINCT FROM (NEW."issued_at") OR OLD."warning_at" IS DISTINCT FROM (NEW."warning_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."grace_until" IS DISTINCT FROM (NEW."grace_until") OR OLD."by_mail" IS DISTINCT FROM (NEW."by_mail"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="3c971f03505d3e74a4246b248768575c7538ee6b",
                    operation="UPDATE",
                    pgid="pgtrigger_signed_once_0f046",
                    table="licence_files_licencefile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="licencefile",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d89e71e6f4a9c5f6a9b6e1e2c5b0298b023c0573",
                    operation="DELETE",
                    pgid="pgtrigger_kept_2ac4e",
                    table="licence_files_licencefile",
                    when="BEFORE",
                ),
            ),
        ),
    ]
