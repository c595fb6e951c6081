import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("answered", "0001_answers_come_from_customers"),
        ("answered", "0002_answers_of_whoever_asked"),
    ]

    initial = True

    dependencies = [
        ("applications", "0001_first_release"),
        ("customers", "0001_first_release"),
        ("metering", "0001_first_release"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnsweredRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.organisationtoken",
                    ),
                ),
                (
                    "credential",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="metering.apicredential",
                    ),
                ),
                (
                    "authorisation",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="applications.authorisation",
                    ),
                ),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                ("fingerprint", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("content_type", models.CharField(max_length=100)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("answered_at", models.DateTimeField(verbose_name="answered at")),
            ],
            options={
                "verbose_name": "answered request",
                "verbose_name_plural": "answered requests",
                "db_table": "customers_answeredrequest",
                "indexes": [models.Index(fields=["answered_at"], name="answered_request_by_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("authorisation", None),
                                ("credential", None),
                                ("token__isnull", False),
                            ),
                            models.Q(
                                ("authorisation", None),
                                ("credential__isnull", False),
                                ("token", None),
                            ),
                            models.Q(
                                ("authorisation__isnull", False),
                                ("credential", None),
                                ("token", None),
                            ),
                            _connector="OR",
                        ),
                        name="answered_request_asked_by_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("token__isnull", False)),
                        fields=("token", "key"),
                        name="answered_request_once_per_key",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("credential__isnull", False)),
                        fields=("credential", "key"),
                        name="answered_request_once_per_key_of_credential",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("authorisation__isnull", False)),
                        fields=("authorisation", "key"),
                        name="answered_request_once_per_key_of_application",
                    ),
                ],
            },
        ),
    ]
