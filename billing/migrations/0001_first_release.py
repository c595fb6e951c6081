import django.contrib.postgres.fields
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("billing", "0001_initial"),
        ("billing", "0002_who_retried_an_item"),
        ("billing", "0003_what_comes_is_checked_once_a_statement"),
        ("billing", "0004_who_needs_attention_is_found_by_an_index"),
        ("billing", "0005_run_approval_holds_previews"),
        ("billing", "0006_earlier_runs_were_approved"),
        ("billing", "0007_runs_are_approved_before_finished"),
        ("billing", "0008_invoices_can_be_corrected"),
        ("billing", "0009_credit_proposals"),
        ("billing", "0010_usage_lines"),
        ("billing", "0011_reached_thresholds"),
        ("billing", "0012_indexes_that_earn_their_keep"),
        ("billing", "0013_an_invoice_is_an_issued_document"),
        ("billing", "0014_outside_scope_has_documents_of_its_own"),
        ("billing", "0015_which_invoices_are_outside_scope"),
        ("billing", "0016_what_is_gone_has_no_documents"),
        ("billing", "0017_a_reissue_may_have_a_credit_note"),
        ("billing", "0018_a_review_is_of_what_was_seen"),
        ("billing", "0019_bounds_without_a_last_month"),
        ("billing", "0020_bounds_in_kroner"),
        ("billing", "0021_rules_that_are_broken"),
        ("billing", "0022_a_review_knows_the_total"),
        ("billing", "0023_so_many_of_a_line_of_use"),
    ]

    initial = True

    dependencies = [
        ("catalog", "0001_first_release"),
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("subscriptions", "0001_first_release"),
    ]

    operations = [
        migrations.CreateModel(
            name="BrokenRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("rule", models.CharField(max_length=200, verbose_name="rule")),
                ("count", models.PositiveIntegerField(verbose_name="how many breaches")),
                (
                    "examples",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), verbose_name="examples"
                    ),
                ),
                ("first_seen_at", models.DateTimeField(verbose_name="first seen at")),
                ("last_seen_at", models.DateTimeField(verbose_name="last seen at")),
                ("gone_at", models.DateTimeField(blank=True, null=True, verbose_name="gone at")),
            ],
            options={
                "verbose_name": "broken rule",
                "verbose_name_plural": "broken rules",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("gone_at__isnull", True)),
                        fields=("code",),
                        name="broken_rule_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("count__gte", 1), ("first_seen_at__lte", models.F("last_seen_at"))
                        ),
                        name="broken_rule_was_seen",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("run", "Monthly run"),
                            ("correction", "Correction"),
                            ("reissue", "Reissue"),
                        ],
                        default="run",
                        max_length=10,
                        verbose_name="origin",
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="billing.invoice",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.seller",
                        verbose_name="seller",
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "outside_scope",
                    models.BooleanField(default=False, verbose_name="outside the scope of VAT"),
                ),
                ("language", models.CharField(max_length=5, verbose_name="language")),
                ("seller_snapshot", models.JSONField(default=dict)),
                ("buyer_snapshot", models.JSONField(default=dict)),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net")),
                ("vat", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="VAT")),
                (
                    "gross",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total"),
                ),
                ("number", models.CharField(max_length=30, verbose_name="number")),
                ("series_year", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                ("issued_on", models.DateField(verbose_name="invoice date")),
                ("due_on", models.DateField(verbose_name="due date")),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "indexes": [
                    models.Index(
                        fields=["organisation", "-issued_on"], name="invoice_by_organisation"
                    ),
                    models.Index(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=["corrects"],
                        name="invoice_corrects",
                    ),
                    models.Index(
                        condition=models.Q(("origin", "run"), _negated=True),
                        fields=["organisation"],
                        name="invoice_corrections",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("origin", "run")),
                        fields=("organisation", "currency", "outside_scope", "month", "kind"),
                        name="invoice_once_per_organisation_month",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("origin", "reissue")),
                        fields=("corrects", "kind"),
                        name="invoice_reissued_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects__isnull", True), ("origin", "run")),
                            models.Q(
                                ("corrects__isnull", False),
                                ("kind", "credit_note"),
                                ("origin", "correction"),
                            ),
                            models.Q(("corrects__isnull", False), ("origin", "reissue")),
                            _connector="OR",
                        ),
                        name="invoice_correction_names_its_original",
                    ),
                    models.UniqueConstraint(
                        fields=("seller", "kind", "series_year", "sequence"),
                        name="invoice_number_taken_once",
                    ),
                    models.UniqueConstraint(fields=("number",), name="invoice_number_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), _negated=True), name="invoice_numbered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("net"), "+", models.F("vat")
                                ),
                            )
                        ),
                        name="invoice_gross_is_net_plus_vat",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("gross__gte", 0)), name="invoice_gross_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="invoice_month_is_first_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="billing.invoice",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recurring", "Recurring"),
                            ("usage", "Usage"),
                            ("adjustment", "Adjustment"),
                            ("credit", "Credit"),
                            ("settlement", "Settlement"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="billing.invoiceline",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tenant",
                    ),
                ),
                (
                    "tenant_label",
                    models.CharField(blank=True, max_length=150, verbose_name="tenant"),
                ),
                ("product_code", models.CharField(max_length=60)),
                ("product_names", models.JSONField(default=dict)),
                ("component", models.CharField(max_length=40, verbose_name="component")),
                ("component_names", models.JSONField(default=dict)),
                ("period_from", models.DateField(verbose_name="from")),
                ("period_until", models.DateField(verbose_name="until")),
                ("month_days", models.PositiveSmallIntegerField(verbose_name="days in the month")),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                (
                    "unit_price",
                    models.DecimalField(decimal_places=6, max_digits=14, verbose_name="unit price"),
                ),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net")),
                ("vat_category", models.CharField(max_length=2, verbose_name="VAT category")),
                (
                    "vat_rate",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="VAT rate"),
                ),
                ("why", models.JSONField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "invoice line",
                "verbose_name_plural": "invoice lines",
                "ordering": ["position"],
                "indexes": [
                    models.Index(
                        fields=["subscription", "period_from"], name="invoice_line_by_subscription"
                    ),
                    models.Index(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=["corrects"],
                        name="invoice_line_corrects",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "position"), name="invoice_line_position_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("corrects__isnull", True), ("kind", "recurring")),
                        fields=("subscription", "component", "period_from"),
                        name="invoice_line_charged_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period_until__gt", models.F("period_from"))),
                        name="invoice_line_has_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subscription__isnull", False), ("why__isnull", False), _connector="OR"
                        ),
                        name="invoice_line_subscribed_or_explained",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceVat",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vat_rows",
                        to="billing.invoice",
                    ),
                ),
                ("category", models.CharField(max_length=2, verbose_name="VAT category")),
                (
                    "rate",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="VAT rate"),
                ),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net")),
                ("vat", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="VAT")),
                ("note_code", models.CharField(blank=True, max_length=30)),
            ],
            options={
                "verbose_name": "VAT row",
                "verbose_name_plural": "VAT rows",
                "ordering": ["-rate", "category"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "category", "rate"), name="invoice_vat_once_per_rate"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditProposal",
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
                        related_name="credit_proposals",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("whole", "All that is left"),
                            ("part", "A part"),
                            ("lines", "By line"),
                            ("reissue", "Cancel and reissue"),
                        ],
                        max_length=7,
                        verbose_name="scope",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second person"),
                            ("issued", "Issued"),
                            ("rejected", "Rejected"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("reason", models.TextField(verbose_name="why")),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net")),
                ("vat", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="VAT")),
                (
                    "gross",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total"),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                ("needs_second", models.BooleanField(verbose_name="needs a second person")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                ("decision_reason", models.TextField(blank=True, verbose_name="why decided so")),
                (
                    "credit_note",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_proposal",
                        to="billing.invoice",
                        verbose_name="credit note",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit proposal",
                "verbose_name_plural": "credit proposals",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "waiting")),
                        fields=("invoice",),
                        name="credit_proposal_one_waits_per_invoice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("requested_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="credit_proposal_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("credit_note__isnull", True),
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("needs_second", True),
                                ("status", "waiting"),
                            ),
                            models.Q(
                                ("credit_note__isnull", False),
                                ("decided_at__isnull", False),
                                ("status", "issued"),
                                models.Q(
                                    models.Q(("decided_by__isnull", False), ("needs_second", True)),
                                    models.Q(("decided_by__isnull", True), ("needs_second", False)),
                                    _connector="OR",
                                ),
                            ),
                            models.Q(
                                ("credit_note__isnull", True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("needs_second", True),
                                ("status", "rejected"),
                                models.Q(("decision_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="credit_proposal_decided_as_it_says",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("net__gt", 0), ("gross__gt", 0), _connector="OR"),
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("net"), "+", models.F("vat")
                                ),
                            ),
                        ),
                        name="credit_proposal_says_why_and_how_much",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditProposalLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="billing.creditproposal",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoiceline",
                    ),
                ),
                (
                    "quantity",
                    models.BigIntegerField(blank=True, null=True, verbose_name="quantity"),
                ),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net")),
            ],
            options={
                "verbose_name": "line of a credit proposal",
                "verbose_name_plural": "lines of credit proposals",
                "ordering": ["line__position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("proposal", "line"), name="credit_proposal_line_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BillingHold",
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
                ("month", models.DateField(blank=True, null=True, verbose_name="month")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="placed by",
                    ),
                ),
                ("placed_at", models.DateTimeField(verbose_name="placed at")),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="released by",
                    ),
                ),
                (
                    "released_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="released at"),
                ),
            ],
            options={
                "verbose_name": "billing hold",
                "verbose_name_plural": "billing holds",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("organisation", "month"),
                        name="billing_hold_once_at_a_time",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("month__isnull", True), ("month__day", 1), _connector="OR"
                        ),
                        name="billing_hold_month_is_first_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("released_at__isnull", True), ("released_by__isnull", True)),
                            models.Q(
                                ("released_at__isnull", False), ("released_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="billing_hold_released_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillingRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.seller",
                        verbose_name="seller",
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "approved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="approved at"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
            ],
            options={
                "verbose_name": "billing run",
                "verbose_name_plural": "billing runs",
                "ordering": ["-month", "seller"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "month"), name="billing_run_once_per_seller_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="billing_run_month_is_first_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at__isnull", True),
                            ("approved_at__isnull", False),
                            _connector="OR",
                        ),
                        name="billing_run_approved_before_finished",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="billing_run_closed_when_finished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="billing.billingrun",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("invoiced", "Invoiced"),
                            ("nothing_due", "Nothing due"),
                            ("held", "Held for review"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="outcome",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("cause", models.CharField(blank=True, max_length=60, verbose_name="cause")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                (
                    "retried_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
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
                ("explanation", models.TextField(blank=True, verbose_name="explanation")),
                (
                    "explained_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="explained by",
                    ),
                ),
                (
                    "explained_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="explained at"),
                ),
            ],
            options={
                "verbose_name": "run item",
                "verbose_name_plural": "run items",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "pending")),
                        fields=["run", "organisation"],
                        name="run_item_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("outcome__in", ["held", "failed"])),
                        fields=["organisation"],
                        name="run_item_needs_attention",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "organisation"), name="run_item_once_per_organisation"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("outcome", "pending")),
                            models.Q(
                                models.Q(("outcome", "pending"), _negated=True),
                                ("done_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="run_item_done_at_when_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome__in", ["held", "failed"]), _negated=True),
                            models.Q(("cause", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="run_item_names_its_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("explained_at__isnull", True),
                                ("explained_by__isnull", True),
                                ("explanation", ""),
                            ),
                            models.Q(
                                models.Q(("explanation", ""), _negated=True),
                                ("explained_at__isnull", False),
                                ("explained_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="run_item_explained_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="billing.runitem",
                    ),
                ),
                ("cause", models.CharField(max_length=60, verbose_name="cause")),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                (
                    "net",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="net"
                    ),
                ),
                (
                    "gross",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="total"
                    ),
                ),
                ("lines", models.PositiveIntegerField(blank=True, null=True, verbose_name="lines")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
                    ),
                ),
                ("reviewed_at", models.DateTimeField(verbose_name="reviewed at")),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("currency", ""), ("lines__isnull", True), ("net__isnull", True)
                            ),
                            models.Q(
                                models.Q(("currency", ""), _negated=True),
                                ("lines__isnull", False),
                                ("net__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="item_review_says_what_was_seen",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.seller",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("last", models.PositiveIntegerField(default=0, verbose_name="last number")),
            ],
            options={
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "kind", "year"), name="number_series_once_per_year"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BillingPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.seller",
                        verbose_name="seller",
                    ),
                ),
                (
                    "needs_approval",
                    models.BooleanField(default=False, verbose_name="runs wait for approval"),
                ),
                (
                    "times_last_month",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="held above so many times last month",
                    ),
                ),
                (
                    "floor",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="amount up to which last month does not matter",
                    ),
                ),
                (
                    "most_at_first",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="held above the amount when nothing was invoiced last month",
                    ),
                ),
                (
                    "most_given_back",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="held when so much more is given back than charged",
                    ),
                ),
                (
                    "most_lines",
                    models.PositiveIntegerField(
                        default=500,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="held above so many lines",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="set by",
                    ),
                ),
                ("set_at", models.DateTimeField(verbose_name="set at")),
            ],
            options={
                "verbose_name": "billing policy",
                "verbose_name_plural": "billing policies",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("floor__gte", 0),
                            ("most_at_first__gte", 0),
                            ("most_given_back__gte", 0),
                            ("most_lines__gte", 1),
                            ("times_last_month__gte", 1),
                        ),
                        name="billing_policy_bounds_are_possible",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthPreview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.seller",
                        verbose_name="seller",
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("total", models.PositiveIntegerField(verbose_name="customers")),
                (
                    "done",
                    models.PositiveIntegerField(default=0, verbose_name="customers looked at"),
                ),
                ("reached", models.BigIntegerField(default=0)),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
            ],
            options={
                "verbose_name": "preview of a month",
                "verbose_name_plural": "previews of months",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seller", "month"), name="month_preview_once_per_seller_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)),
                        name="month_preview_month_is_first_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PreviewRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "preview",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="billing.monthpreview",
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
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "state",
                    models.CharField(
                        choices=[("ready", "Ready"), ("held", "Held"), ("failed", "Failed")],
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                (
                    "change",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("changed", "Changed"),
                            ("same", "As last month"),
                            ("gone", "Gone"),
                        ],
                        max_length=7,
                        verbose_name="change",
                    ),
                ),
                (
                    "documents",
                    models.PositiveSmallIntegerField(default=1, verbose_name="documents"),
                ),
                ("cause", models.CharField(blank=True, max_length=60, verbose_name="cause")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("net", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net")),
                (
                    "vat",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="VAT"
                    ),
                ),
                (
                    "gross",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="total"
                    ),
                ),
                (
                    "last_net",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, verbose_name="net last month"
                    ),
                ),
                (
                    "reasons",
                    models.JSONField(
                        default=list, encoder=django.core.serializers.json.DjangoJSONEncoder
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a preview",
                "verbose_name_plural": "rows of previews",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("preview", "organisation", "currency"),
                        name="preview_row_once_per_organisation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause", ""), ("state", "ready")),
                            models.Q(
                                models.Q(("state", "ready"), _negated=True),
                                models.Q(("cause", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="preview_row_names_its_cause",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReachedThreshold",
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
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                ("product_code", models.CharField(max_length=60, verbose_name="product")),
                ("component", models.CharField(max_length=40, verbose_name="component")),
                ("month", models.DateField(verbose_name="month")),
                ("percent", models.PositiveSmallIntegerField(verbose_name="per cent")),
                ("reached_at", models.DateTimeField(verbose_name="reached at")),
            ],
            options={
                "verbose_name": "reached threshold",
                "verbose_name_plural": "reached thresholds",
                "ordering": ["-reached_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "organisation",
                            "tenant",
                            "product_code",
                            "component",
                            "month",
                            "percent",
                        ),
                        name="reached_threshold_once_a_month",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)),
                        name="reached_threshold_month_is_first_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 1)), name="reached_threshold_is_a_share"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoice",
            trigger=pgtrigger.compiler.Trigger(
                name="issued_never_changes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2550ab196b2663b0e6d7d1964ca257ade2f4dc56",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_issued_never_changes_2478b",
                    table="billing_invoice",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoiceline",
            trigger=pgtrigger.compiler.Trigger(
                name="issued_never_changes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cf875e3ef0f417a6f2e2663e2a5572ea4c26e51e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_issued_never_changes_8382e",
                    table="billing_invoiceline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoiceline",
            trigger=pgtrigger.compiler.Trigger(
                name="issued_takes_no_more",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_issued BOOLEAN;",
                    func="\n        EXECUTE 'SELECT EXISTS (\n            SELECT FROM billing_invoice WHERE id IN (SELECT invoice_id FROM new_rows)\n        )' INTO is_issued;\n        IF is_issued THEN\n            RAISE EXCEPTION 'pgtrigger: an issued invoice never changes (%)', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ",
                    hash="803ac3106056d9ed3aef97566a10ece05a52f40c",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_issued_takes_no_more_4b7be",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="billing_invoiceline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoicevat",
            trigger=pgtrigger.compiler.Trigger(
                name="issued_never_changes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="df462a6ab60a08fb0a4a82f843f188a30b164f8b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_issued_never_changes_7a9cb",
                    table="billing_invoicevat",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invoicevat",
            trigger=pgtrigger.compiler.Trigger(
                name="issued_takes_no_more",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE is_issued BOOLEAN;",
                    func="\n        EXECUTE 'SELECT EXISTS (\n            SELECT FROM billing_invoice WHERE id IN (SELECT invoice_id FROM new_rows)\n        )' INTO is_issued;\n        IF is_issued THEN\n            RAISE EXCEPTION 'pgtrigger: an issued invoice never changes (%)', TG_TABLE_NAME;\n        END IF;\n        RETURN NULL;\n    ",
                    hash="d54d7573f8d1a107c1b665796d1e239c5e3cc615",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_issued_takes_no_more_7eadf",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="billing_invoicevat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creditproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="5e4d5ef6bc12aca018cf9aa9243993328bdd3aa7",
                    operation="DELETE",
                    pgid="pgtrigger_is_kept_1716a",
                    table="billing_creditproposal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creditproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="decided_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."decided_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="518c542cfe8e1b299273a4f86485a22cbc316fe4",
                    operation="UPDATE",
                    pgid="pgtrigger_decided_once_ecbb7",
                    table="billing_creditproposal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="creditproposalline",
            trigger=pgtrigger.compiler.Trigger(
                name="written_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1a4762726adc627a42957693b9c9d2d9f13c86d8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_written_once_bdfd5",
                    table="billing_creditproposalline",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="billingpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5dde8e2ed8f8ca588e60b16e82b8f0ec9f7e3ace",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_14549",
                    table="billing_billingpolicy",
                    when="BEFORE",
                ),
            ),
        ),
    ]
