import datetime
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
import subscriptions.lifecycle
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("subscriptions", "0001_initial"),
        ("subscriptions", "0002_announced_prices"),
        ("subscriptions", "0003_a_price_may_be_announced_twice"),
        ("subscriptions", "0004_what_came_with_it"),
        ("subscriptions", "0005_sandboxes_came_with_theirs"),
        ("subscriptions", "0006_decisions_about_products"),
        ("subscriptions", "0007_told_what_the_plan_gives"),
        ("subscriptions", "0008_decisions_about_prices"),
        ("subscriptions", "0009_accepted_terms"),
    ]

    initial = True

    dependencies = [
        ("catalog", "0001_first_release"),
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
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
                        related_name="subscriptions",
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
                        related_name="subscriptions",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "delivered_tenant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tenant",
                        verbose_name="tenant that came with it",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "product_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.productversion",
                        verbose_name="version",
                    ),
                ),
                (
                    "price_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.priceversion",
                        verbose_name="price",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("ended", "Ended"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ordered by",
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="starts at"),
                ),
                (
                    "charged_from",
                    models.DateField(blank=True, null=True, verbose_name="charged from"),
                ),
                (
                    "cancelled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="cancelled at"),
                ),
                (
                    "cancel_reason",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="reason for cancelling"
                    ),
                ),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends at")),
                (
                    "in_plan_told_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="told that it is in the plan at"
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    subscriptions.lifecycle.Status["ACTIVE"],
                                    subscriptions.lifecycle.Status["SUSPENDED"],
                                ],
                            )
                        ),
                        fields=["ends_at"],
                        name="subscription_end_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    subscriptions.lifecycle.Status["REQUESTED"],
                                    subscriptions.lifecycle.Status["ACTIVE"],
                                    subscriptions.lifecycle.Status["SUSPENDED"],
                                ),
                            ),
                            ("tenant__isnull", False),
                        ),
                        fields=("product", "tenant"),
                        name="subscription_live_once_per_tenant",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    subscriptions.lifecycle.Status["REQUESTED"],
                                    subscriptions.lifecycle.Status["ACTIVE"],
                                    subscriptions.lifecycle.Status["SUSPENDED"],
                                ),
                            ),
                            ("tenant__isnull", True),
                        ),
                        fields=("product", "organisation"),
                        name="subscription_live_once_per_organisation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("charged_from__isnull", False),
                                ("starts_at__isnull", False),
                                (
                                    "status__in",
                                    [
                                        subscriptions.lifecycle.Status["ACTIVE"],
                                        subscriptions.lifecycle.Status["SUSPENDED"],
                                        subscriptions.lifecycle.Status["ENDED"],
                                    ],
                                ),
                            ),
                            models.Q(
                                ("charged_from__isnull", True),
                                ("ends_at__isnull", True),
                                ("starts_at__isnull", True),
                                (
                                    "status__in",
                                    [
                                        subscriptions.lifecycle.Status["REQUESTED"],
                                        subscriptions.lifecycle.Status["REJECTED"],
                                        subscriptions.lifecycle.Status["WITHDRAWN"],
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="subscription_starts_when_it_becomes_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True),
                            ("ends_at__gte", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="subscription_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", subscriptions.lifecycle.Status["ENDED"]), _negated=True
                            ),
                            ("ends_at__isnull", False),
                            _connector="OR",
                        ),
                        name="subscription_ended_has_an_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at__isnull", False),
                            ("ends_at__isnull", True),
                            _connector="OR",
                        ),
                        name="subscription_end_was_decided_some_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AcceptedTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscription",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accepted_terms",
                        to="subscriptions.subscription",
                        verbose_name="subscription",
                    ),
                ),
                ("version", models.CharField(max_length=20, verbose_name="version of the terms")),
                ("receiver", models.CharField(max_length=200, verbose_name="receiver of the data")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                ("accepted_at", models.DateTimeField(verbose_name="accepted at")),
            ],
            options={
                "verbose_name": "accepted terms",
                "verbose_name_plural": "accepted terms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("version", ""), _negated=True),
                            models.Q(("receiver", ""), _negated=True),
                        ),
                        name="accepted_terms_say_which_and_whom",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Quantity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quantities",
                        to="subscriptions.subscription",
                        verbose_name="subscription",
                    ),
                ),
                ("component", models.CharField(max_length=40, verbose_name="component")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                ("effective_at", models.DateTimeField(verbose_name="effective at")),
            ],
            options={
                "verbose_name": "quantity",
                "verbose_name_plural": "quantities",
                "ordering": ["effective_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="subscriptions.subscription",
                        verbose_name="subscription",
                    ),
                ),
                ("suspended_at", models.DateTimeField(verbose_name="suspended at")),
                (
                    "resumed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="resumed at"),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
            ],
            options={
                "verbose_name": "suspension",
                "verbose_name_plural": "suspensions",
                "ordering": ["suspended_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at__isnull", True)),
                        fields=("subscription",),
                        name="suspension_open_once_per_subscription",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resumed_at__isnull", True),
                            ("resumed_at__gte", models.F("suspended_at")),
                            _connector="OR",
                        ),
                        name="suspension_resumes_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceAnnouncement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "price_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.priceversion",
                        verbose_name="price",
                    ),
                ),
                ("effective_on", models.DateField(verbose_name="effective on")),
                ("announced_at", models.DateTimeField(verbose_name="announced at")),
                (
                    "announced_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="announced by",
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="withdrawn by",
                    ),
                ),
            ],
            options={
                "verbose_name": "announced price",
                "verbose_name_plural": "announced prices",
                "ordering": ["-effective_on", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="price_announcement_withdrawn_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "announcement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="subscriptions.priceannouncement",
                        verbose_name="announced price",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="subscriptions.subscription",
                        verbose_name="subscription",
                    ),
                ),
                ("effective_at", models.DateTimeField(verbose_name="effective at")),
                ("announced_at", models.DateTimeField(verbose_name="announced at")),
            ],
            options={
                "verbose_name": "price change",
                "verbose_name_plural": "price changes",
                "ordering": ["effective_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("announcement", "subscription"),
                        name="price_change_once_per_subscription",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "effective_at__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("announced_at"),
                                    "+",
                                    models.Value(datetime.timedelta(days=30)),
                                ),
                            )
                        ),
                        name="price_change_is_announced_in_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product_version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.productversion",
                        verbose_name="version",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                ("decided_at", models.DateTimeField(verbose_name="decided at")),
            ],
            options={
                "verbose_name": "decision about a product",
                "verbose_name_plural": "decisions about products",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PriceDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                        verbose_name="product",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "what",
                    models.CharField(
                        choices=[("made", "Made"), ("withdrawn", "Withdrawn")],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "components",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="price components",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                ("decided_at", models.DateTimeField(verbose_name="decided at")),
            ],
            options={
                "verbose_name": "decision about a price",
                "verbose_name_plural": "decisions about prices",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("what__in", ["made", "withdrawn"])),
                        name="price_decision_what_is_known",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="acceptedterms",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="57d7359e52d9a3cfd400c28738d8324432c6db89",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a560b",
                    table="subscriptions_acceptedterms",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quantity",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d4eb2e3b838010fe8e0f68054f6e7b4e1c1c5ea2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2064b",
                    table="subscriptions_quantity",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="75feca6ed676b3bce5ec636a9b1a1e936ca3f2a6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_34c35",
                    table="subscriptions_pricechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="219f4b280c9a0ea98b3162044dba8903cb0d6e01",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c7184",
                    table="subscriptions_productdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricedecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="02519d5c6182092046f3267fe03d121a9c9f625c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3473a",
                    table="subscriptions_pricedecision",
                    when="BEFORE",
                ),
            ),
        ),
    ]
