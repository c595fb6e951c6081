import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# Django has no word for partitions. One per meter and month is made when it is needed
# (billing/metering/operations/partitions.py). BRIN costs an insert nothing, and finds the event
# that a correction names.
PARTITIONED = """
CREATE TABLE metering_usageevent (
    key uuid NOT NULL,
    source varchar(100) NOT NULL,
    event_id varchar(100) NOT NULL,
    tenant_id bigint NOT NULL,
    application varchar(100) NOT NULL,
    usage_class varchar(14) NOT NULL,
    meter_id bigint NOT NULL,
    day date NOT NULL,
    quantity bigint NOT NULL,
    events smallint NOT NULL,
    fingerprint bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    voids uuid,
    reason varchar(300) NOT NULL,
    credential_id bigint,
    authorisation_id bigint
) PARTITION BY RANGE (meter_id, day);
CREATE INDEX metering_usageevent_day_key ON metering_usageevent USING brin (day, key)
    WITH (pages_per_range = 16, autosummarize = on);
"""


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("metering", "0001_initial"),
        ("metering", "0002_credentials_may_ask"),
        ("metering", "0003_when_totals_changed"),
        ("metering", "0004_access_tokens_may_report"),
        ("metering", "0005_the_platform_asks_about_tokens"),
        ("metering", "0006_refused_usage"),
        ("metering", "0007_client_ids_of_one_application"),
        ("metering", "0008_refused_usage_is_kept"),
        ("metering", "0009_when_usage_was_refused"),
        ("metering", "0010_refused_usage_by_customer"),
    ]

    initial = True

    dependencies = [
        ("applications", "0001_first_release"),
        ("catalog", "0001_first_release"),
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CountedEvent",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("digest", models.BigIntegerField()),
                (
                    "meter",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.meter",
                    ),
                ),
                ("day", models.DateField()),
                ("voided_by", models.UUIDField(null=True)),
            ],
            options={
                "verbose_name": "counted event",
                "verbose_name_plural": "counted events",
            },
        ),
        migrations.CreateModel(
            name="ApiCredential",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("platform", "Platform"), ("application", "Application")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "reference",
                    models.CharField(blank=True, max_length=100, verbose_name="client id"),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("usage:write", "Report usage"),
                            ("entitlements:read", "Ask what may be used"),
                            ("tokens:introspect", "Ask whether a token is good"),
                        ],
                        default="usage:write",
                        max_length=20,
                        verbose_name="scope",
                    ),
                ),
                ("secret_start", models.CharField(max_length=12, verbose_name="starts with")),
                ("secret_hash", models.CharField(max_length=64, unique=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used at"),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="revoked by",
                    ),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
            ],
            options={
                "verbose_name": "API credential",
                "verbose_name_plural": "API credentials",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("application__isnull", False),
                                ("kind", "application"),
                                models.Q(("reference", ""), _negated=True),
                            ),
                            models.Q(
                                ("application__isnull", True),
                                ("kind", "platform"),
                                ("reference", ""),
                            ),
                            _connector="OR",
                        ),
                        name="api_credential_application_with_its_reference",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", "tokens:introspect"), _negated=True),
                            ("kind", "platform"),
                            _connector="OR",
                        ),
                        name="api_credential_only_the_platform_introspects",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="api_credential_revoked_by_somebody",
                    ),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PARTITIONED, "DROP TABLE metering_usageevent")],
            state_operations=[
                migrations.CreateModel(
                    name="UsageEvent",
                    fields=[
                        ("key", models.UUIDField(primary_key=True, serialize=False)),
                        ("source", models.CharField(max_length=100, verbose_name="source")),
                        ("event_id", models.CharField(max_length=100, verbose_name="id")),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.tenant",
                            ),
                        ),
                        (
                            "application",
                            models.CharField(
                                blank=True, max_length=100, verbose_name="application"
                            ),
                        ),
                        (
                            "usage_class",
                            models.CharField(
                                choices=[
                                    ("MeteredApps", "Metered applications"),
                                    ("Customizations", "Customisations"),
                                    ("IncludedApps", "Included applications"),
                                ],
                                max_length=14,
                                verbose_name="class",
                            ),
                        ),
                        (
                            "meter",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.meter",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="day")),
                        ("quantity", models.BigIntegerField(verbose_name="quantity")),
                        ("events", models.SmallIntegerField(verbose_name="events")),
                        ("fingerprint", models.BigIntegerField(verbose_name="fingerprint")),
                        ("happened_at", models.DateTimeField(verbose_name="happened at")),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        ("voids", models.UUIDField(null=True)),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=300, verbose_name="reason"),
                        ),
                        (
                            "credential",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="metering.apicredential",
                            ),
                        ),
                        (
                            "authorisation",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="applications.authorisation",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "usage event",
                        "verbose_name_plural": "usage events",
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="DailyTotal",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tenant",
                    ),
                ),
                (
                    "meter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.meter",
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "application",
                    models.CharField(blank=True, max_length=100, verbose_name="application"),
                ),
                (
                    "usage_class",
                    models.CharField(
                        choices=[
                            ("MeteredApps", "Metered applications"),
                            ("Customizations", "Customisations"),
                            ("IncludedApps", "Included applications"),
                        ],
                        max_length=14,
                        verbose_name="class",
                    ),
                ),
                ("quantity", models.BigIntegerField(verbose_name="quantity")),
                ("events", models.BigIntegerField(verbose_name="events")),
                ("fingerprint", models.DecimalField(decimal_places=0, max_digits=38)),
                ("changed_on", models.DateField(verbose_name="changed on")),
            ],
            options={
                "verbose_name": "daily total",
                "verbose_name_plural": "daily totals",
                "indexes": [
                    models.Index(
                        condition=models.Q(("changed_on__gt", models.F("day"))),
                        fields=["tenant", "changed_on"],
                        name="daily_total_changed_later",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "day", "meter", "application", "usage_class"),
                        name="daily_total_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("usage_class__in", ["MeteredApps", "Customizations", "IncludedApps"])
                        ),
                        name="daily_total_class_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefusedUsage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "credential",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.apicredential",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.application",
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("code", models.CharField(max_length=30, verbose_name="reason")),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                    ),
                ),
                ("month", models.DateField(null=True, verbose_name="month")),
                ("events", models.PositiveBigIntegerField(verbose_name="events")),
                (
                    "tenant",
                    models.CharField(
                        blank=True, db_default="", max_length=120, verbose_name="tenant"
                    ),
                ),
                ("first_at", models.DateTimeField(verbose_name="first at")),
                ("last_at", models.DateTimeField(verbose_name="last at")),
                ("told_at", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True, verbose_name="looked at")),
                (
                    "looked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "refused usage",
                "verbose_name_plural": "refused usage",
                "indexes": [
                    models.Index(
                        condition=models.Q(("organisation__isnull", False)),
                        fields=["organisation", "month"],
                        name="refused_usage_of_customers",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("application__isnull", True), ("looked_at__isnull", True)
                        ),
                        fields=["day"],
                        name="refused_usage_to_look_at",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "day",
                            "code",
                            "credential",
                            "application",
                            "organisation",
                            "month",
                        ),
                        name="refused_usage_counted_in_one_row",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("events__gte", 1)), name="refused_usage_is_some"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credential__isnull", False),
                            ("application__isnull", False),
                            _connector="OR",
                        ),
                        name="refused_usage_sent_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("month__isnull", True), ("organisation__isnull", True)),
                            models.Q(("month__day", 1), ("organisation__isnull", False)),
                            _connector="OR",
                        ),
                        name="refused_usage_of_a_customers_month",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("looked_at__isnull", True), ("looked_by__isnull", True)),
                            models.Q(
                                ("application__isnull", True),
                                ("looked_at__isnull", False),
                                ("looked_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="refused_usage_looked_at_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DetailMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "meter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.meter",
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("dropped_at", models.DateTimeField(null=True, verbose_name="detail dropped at")),
                (
                    "events_dropped",
                    models.BigIntegerField(null=True, verbose_name="events dropped"),
                ),
            ],
            options={
                "verbose_name": "month of detail",
                "verbose_name_plural": "months of detail",
                "constraints": [
                    models.UniqueConstraint(fields=("meter", "month"), name="detail_month_once"),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="detail_month_is_a_first_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dropped_at__isnull", True), ("events_dropped__isnull", True)
                            ),
                            models.Q(
                                ("dropped_at__isnull", False), ("events_dropped__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="detail_month_dropped_with_its_count",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeterPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "meter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.meter",
                        verbose_name="meter",
                    ),
                ),
                (
                    "accepts_late",
                    models.BooleanField(verbose_name="accepts events of an invoiced month"),
                ),
                (
                    "max_age_days",
                    models.PositiveSmallIntegerField(verbose_name="maximum age in days"),
                ),
                (
                    "detail_months",
                    models.PositiveSmallIntegerField(verbose_name="months that detail is kept"),
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
                "verbose_name": "meter policy",
                "verbose_name_plural": "meter policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("detail_months__lte", 120),
                            ("max_age_days__gte", 1),
                            (
                                "max_age_days__lte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("detail_months"), "-", models.Value(1)
                                    ),
                                    "*",
                                    models.Value(28),
                                ),
                            ),
                        ),
                        name="meter_policy_detail_outlives_lateness",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="usageevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authorisation__isnull", True), ("credential__isnull", False)),
                    models.Q(
                        ("authorisation__isnull", False),
                        ("credential__isnull", True),
                        models.Q(("application", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="usage_event_reported_by_one",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apicredential",
            trigger=pgtrigger.compiler.Trigger(
                name="client_id_of_one_application",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"kind\" = 'application')",
                    func="\n                    PERFORM pg_advisory_xact_lock(hashtext(TG_TABLE_NAME), hashtext(NEW.reference));\n                    IF EXISTS (\n                        SELECT FROM metering_apicredential\n                        WHERE reference = NEW.reference AND application_id <> NEW.application_id\n                    ) THEN\n                        RAISE EXCEPTION 'pgtrigger: another application has this client id (%)',\n                            TG_TABLE_NAME USING ERRCODE = 'unique_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="72b6a1760d2b83d31497147a06b667387f2257b8",
                    operation="INSERT",
                    pgid="pgtrigger_client_id_of_one_application_f6907",
                    table="metering_apicredential",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="meterpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1106c68867e8db6f4b84d410539468235e5dfc54",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2db28",
                    table="metering_meterpolicy",
                    when="BEFORE",
                ),
            ),
        ),
    ]
