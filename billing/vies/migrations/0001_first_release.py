import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [("vies", "0001_initial")]

    initial = True

    dependencies = [
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consultation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("vat_number", models.CharField(max_length=20, verbose_name="VAT number")),
                ("requester", models.CharField(max_length=20, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("valid", "Valid"),
                            ("invalid", "Not valid"),
                            ("silent", "No answer"),
                        ],
                        max_length=7,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "consultation_number",
                    models.CharField(blank=True, max_length=40, verbose_name="consultation number"),
                ),
                ("name", models.CharField(blank=True, max_length=300, verbose_name="name")),
                ("address", models.CharField(blank=True, max_length=500, verbose_name="address")),
                ("trouble", models.CharField(blank=True, max_length=100, verbose_name="trouble")),
                (
                    "silences",
                    models.PositiveIntegerField(default=0, verbose_name="silences on end"),
                ),
            ],
            options={
                "verbose_name": "VIES consultation",
                "verbose_name_plural": "VIES consultations",
                "indexes": [
                    models.Index(
                        fields=["organisation", "-id"], name="consultation_by_organisation"
                    ),
                    models.Index(fields=["country", "-id"], name="consultation_by_country"),
                    models.Index(
                        condition=models.Q(("outcome", "silent")),
                        fields=["asked_at"],
                        name="consultation_silent",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("outcome__in", ["valid", "invalid"]),
                                ("silences", 0),
                                ("trouble", ""),
                            ),
                            models.Q(
                                ("address", ""),
                                ("consultation_number", ""),
                                ("name", ""),
                                ("outcome", "silent"),
                                ("silences__gte", 1),
                                models.Q(("trouble", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="consultation_answers_or_has_its_trouble",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("vat_number", ""), _negated=True),
                            models.Q(("country", ""), _negated=True),
                        ),
                        name="consultation_is_about_a_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Wish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "wished_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="wished by",
                    ),
                ),
                ("wished_at", models.DateTimeField(verbose_name="wished at")),
            ],
            options={
                "verbose_name": "wish to ask VIES again",
                "verbose_name_plural": "wishes to ask VIES again",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consultation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="532300a0a1faf334ac23d65c9c6d7ec1f39c69c1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4ac5c",
                    table="vies_consultation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wish",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="718586c1be66a340c5c9f9d619ac00b80123d629",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_79722",
                    table="vies_wish",
                    when="BEFORE",
                ),
            ),
        ),
    ]
