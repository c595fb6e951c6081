import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("documents", "0001_initial"),
        ("documents", "0002_earlier_invoices_were_told_of"),
        ("documents", "0003_nobody_to_send_to"),
        ("documents", "0004_who_entered_an_exchange_rate"),
        ("documents", "0005_documents_have_editions"),
        ("documents", "0006_vat_in_the_sellers_currency"),
        ("documents", "0007_vat_that_was_stated_before"),
        ("documents", "0008_evidence_of_a_registration"),
        ("documents", "0009_e_invoices_given_up"),
    ]

    initial = True

    dependencies = [
        ("billing", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("in_currency", models.CharField(max_length=3, verbose_name="in currency")),
                ("on", models.DateField(verbose_name="day")),
                ("rate", models.DecimalField(decimal_places=6, max_digits=14, verbose_name="rate")),
                ("source", models.CharField(max_length=100, verbose_name="source")),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                ("entered_at", models.DateTimeField(null=True, verbose_name="entered at")),
            ],
            options={
                "verbose_name": "exchange rate",
                "verbose_name_plural": "exchange rates",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("currency", "in_currency", "on"), name="exchange_rate_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0)), name="exchange_rate_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountingVat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounting_vat",
                        to="billing.invoice",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounting_vat_credited",
                        to="billing.invoice",
                    ),
                ),
                ("vat_category", models.CharField(max_length=2, verbose_name="VAT category")),
                (
                    "vat_rate",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="VAT rate"),
                ),
                ("vat", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="VAT")),
                (
                    "exchange_rate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.exchangerate",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount"),
                ),
            ],
            options={
                "verbose_name": "VAT in the seller's currency",
                "verbose_name_plural": "VAT in the seller's currency",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "original", "vat_category", "vat_rate"),
                        name="accounting_vat_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rendering",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rendering",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("held", "Held by a rule"),
                        ],
                        default="pending",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("cause", models.CharField(blank=True, max_length=100, verbose_name="cause")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
                ),
                (
                    "validated_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="validated at"),
                ),
                ("rules", models.JSONField(default=dict, verbose_name="rules")),
                ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="edition")),
                (
                    "exchange_rate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.exchangerate",
                    ),
                ),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="told at")),
                (
                    "retried_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="retried by",
                    ),
                ),
                (
                    "retried_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="retried at"),
                ),
            ],
            options={
                "verbose_name": "rendering",
                "verbose_name_plural": "renderings",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["next_attempt_at"],
                        name="rendering_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["held", "failed"])),
                        fields=["status"],
                        name="rendering_needs_attention",
                    ),
                    models.Index(
                        condition=models.Q(("status", "ready"), ("told_at__isnull", True)),
                        fields=["invoice"],
                        name="rendering_untold",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_attempt_at__isnull", False), ("status", "pending")),
                            models.Q(
                                ("next_attempt_at__isnull", True), ("status__in", ["ready", "held"])
                            ),
                            ("status", "failed"),
                            _connector="OR",
                        ),
                        name="rendering_waits_until_it_is_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["held", "failed"]), _negated=True),
                            models.Q(("cause", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="rendering_names_its_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "ready"), _negated=True),
                            ("validated_at__isnull", False),
                            _connector="OR",
                        ),
                        name="rendering_ready_is_validated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rendering",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="documents.rendering",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF"),
                            ("ubl", "UBL (Peppol)"),
                            ("cii", "CII (Factur-X)"),
                        ],
                        max_length=3,
                        verbose_name="kind",
                    ),
                ),
                ("language", models.CharField(max_length=5, verbose_name="language")),
                ("content", models.BinaryField(verbose_name="content")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rendering", "kind", "language"), name="document_once_per_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VatEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                ("number", models.CharField(max_length=30, verbose_name="number")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("form", "Structure and check digits"),
                            ("vies", "VIES"),
                            ("reg", "Registration number, by its form"),
                        ],
                        max_length=4,
                        verbose_name="method",
                    ),
                ),
                ("valid", models.BooleanField(verbose_name="valid")),
                ("checked_at", models.DateTimeField(verbose_name="checked at")),
                (
                    "consultation_number",
                    models.CharField(blank=True, max_length=40, verbose_name="consultation number"),
                ),
            ],
            options={
                "verbose_name": "VAT evidence",
                "verbose_name_plural": "VAT evidence",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "method"), name="vat_evidence_once_per_method"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transmission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transmission",
                        to="documents.document",
                        verbose_name="document",
                    ),
                ),
                ("sender", models.CharField(max_length=60, verbose_name="sender")),
                ("receiver", models.CharField(max_length=60, verbose_name="receiver")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
                ),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("receipt", models.CharField(blank=True, max_length=200, verbose_name="receipt")),
            ],
            options={
                "verbose_name": "transmission",
                "verbose_name_plural": "transmissions",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["next_attempt_at"],
                        name="transmission_waiting",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("next_attempt_at__isnull", True), ("sent_at__isnull", True)
                        ),
                        fields=["created_at"],
                        name="transmission_given_up",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at__isnull", True),
                            models.Q(
                                ("next_attempt_at__isnull", True),
                                ("sent_at__isnull", False),
                                models.Q(("receipt", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="transmission_sent_has_its_receipt",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exchangerate",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="da08cf1b0f6381d4f47348cbbc63750b8fd07638",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_23e85",
                    table="documents_exchangerate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accountingvat",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="33ca20fba236f0bea9a79a58db8f2e1396632841",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3dfa1",
                    table="documents_accountingvat",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="501779c6d865b550e20bd4b8f2878f33b72fa956",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_655a8",
                    table="documents_document",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vatevidence",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="caa553931c10e176dea3fcdf66b39e53406a9167",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_12ea7",
                    table="documents_vatevidence",
                    when="BEFORE",
                ),
            ),
        ),
    ]
