import django.core.serializers.json
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("provisioning", "0001_initial"),
        ("provisioning", "0002_events_of_the_platform"),
        ("provisioning", "0003_reconciliations"),
        ("provisioning", "0004_attempts_by_age"),
        ("provisioning", "0005_differences_that_were_told"),
        ("provisioning", "0006_facts_said_anew"),
        ("provisioning", "0007_what_only_the_platform_has"),
    ]

    initial = True

    dependencies = [
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Fact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField(verbose_name="number")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("licence.granted", "Licence granted"),
                            ("licence.changed", "Licence changed"),
                            ("licence.revoked", "Licence revoked"),
                            ("application.activated", "Application activated"),
                            ("application.changed", "Application changed"),
                            ("application.deactivated", "Application deactivated"),
                            ("settings.changed", "Settings changed"),
                        ],
                        max_length=30,
                        verbose_name="type",
                    ),
                ),
                ("subject", models.CharField(max_length=80, verbose_name="subject")),
                (
                    "value",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        null=True,
                        verbose_name="value",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("is_waiting", models.BooleanField(default=True, verbose_name="waits to be sent")),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="delivered at"),
                ),
                (
                    "replaced_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="said anew at"),
                ),
            ],
            options={
                "verbose_name": "fact",
                "verbose_name_plural": "facts",
                "ordering": ["tenant", "sequence"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_waiting", True)),
                        fields=["tenant", "sequence"],
                        name="fact_waiting",
                    ),
                    models.Index(fields=["-at"], name="fact_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "sequence"), name="fact_number_once_per_tenant"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sequence__gte", 1)), name="fact_numbers_begin_at_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_waiting", True),
                            ("delivered_at__isnull", False),
                            ("replaced_at__isnull", False),
                            _connector="OR",
                        ),
                        name="fact_waits_until_it_is_delivered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                [
                                    "licence.granted",
                                    "licence.changed",
                                    "licence.revoked",
                                    "application.activated",
                                    "application.changed",
                                    "application.deactivated",
                                    "settings.changed",
                                ],
                            )
                        ),
                        name="fact_type_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Told",
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
                ("subject", models.CharField(max_length=80)),
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="provisioning.fact",
                    ),
                ),
                ("value", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "what the platform was told",
                "verbose_name_plural": "what the platform was told",
                "indexes": [
                    models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["until"],
                        name="told_until",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "subject"), name="told_once_per_tenant_and_subject"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, verbose_name="failures in a row"),
                ),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="failing since"),
                ),
                (
                    "retry_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
                ),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("silent", "The platform did not answer as agreed"),
                            ("refused", "The platform refused a fact"),
                        ],
                        max_length=10,
                        verbose_name="trouble",
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=300, verbose_name="detail")),
            ],
            options={
                "verbose_name": "feed",
                "verbose_name_plural": "feeds",
                "indexes": [
                    models.Index(
                        condition=models.Q(("retry_at__isnull", False)),
                        fields=["retry_at"],
                        name="feed_retry",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("failing_since__isnull", True),
                                ("failures", 0),
                                ("retry_at__isnull", True),
                                ("trouble", ""),
                            ),
                            models.Q(
                                ("failing_since__isnull", False),
                                ("failures__gt", 0),
                                ("retry_at__isnull", False),
                                models.Q(("trouble", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="feed_fails_since_some_time_or_not_at_all",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "message_id",
                    models.UUIDField(editable=False, unique=True, verbose_name="message"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("duration_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="status"),
                ),
                ("trouble", models.CharField(blank=True, max_length=300, verbose_name="trouble")),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["at"], name="platform_attempt_oldest")],
            },
        ),
        migrations.CreateModel(
            name="AttemptedFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facts",
                        to="provisioning.attempt",
                        verbose_name="attempt",
                    ),
                ),
                (
                    "fact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="provisioning.fact",
                        verbose_name="fact",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("applied", "Applied"),
                            ("known", "Known already"),
                            ("refused", "Refused"),
                            ("behind", "Waits behind a refused one"),
                            ("failed", "Request failed"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
            ],
            options={
                "verbose_name": "attempted fact",
                "verbose_name_plural": "attempted facts",
            },
        ),
        migrations.CreateModel(
            name="PlatformEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.CharField(max_length=100, verbose_name="id")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField(verbose_name="number")),
                ("type", models.CharField(max_length=20, verbose_name="type")),
                ("change", models.CharField(blank=True, max_length=20, verbose_name="change")),
                (
                    "state",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="state"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("digest", models.CharField(max_length=64)),
                (
                    "content",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="content",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("applied", "Applied"),
                            ("outdated", "Overtaken by a later one"),
                            ("ignored", "Of a deleted tenant"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of the platform",
                "verbose_name_plural": "events of the platform",
                "ordering": ["-received_at", "-id"],
                "indexes": [models.Index(fields=["-received_at"], name="platform_event_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("event_id",), name="platform_event_once"),
                    models.UniqueConstraint(
                        fields=("tenant", "sequence"), name="platform_event_number_once_per_tenant"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "tenants",
                    models.PositiveIntegerField(default=0, verbose_name="tenants compared"),
                ),
                (
                    "in_flight",
                    models.PositiveIntegerField(
                        default=0, verbose_name="tenants with facts on their way"
                    ),
                ),
                ("trouble", models.CharField(blank=True, max_length=300, verbose_name="trouble")),
            ],
            options={
                "verbose_name": "reconciliation",
                "verbose_name_plural": "reconciliations",
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reconciliation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="provisioning.reconciliation",
                        verbose_name="reconciliation",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing", "The platform was told, and does not have it"),
                            ("surplus", "The platform has what the tenant should not have"),
                            ("other", "The platform has it otherwise"),
                            ("unknown_tenant", "The platform does not know the tenant"),
                            ("state", "The platform reports another state of the tenant"),
                            (
                                "stranger",
                                "The platform has something for a tenant that is not known here",
                            ),
                            (
                                "deleted",
                                "The platform has something for a tenant that is deleted here",
                            ),
                        ],
                        max_length=20,
                        verbose_name="what is different",
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=80, verbose_name="subject")),
                (
                    "wanted",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        null=True,
                        verbose_name="as it should be",
                    ),
                ),
                (
                    "reported",
                    models.JSONField(null=True, verbose_name="as the platform reports it"),
                ),
                (
                    "repaired_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="provisioning.fact",
                        verbose_name="repaired by",
                    ),
                ),
            ],
            options={
                "verbose_name": "difference",
                "verbose_name_plural": "differences",
                "ordering": ["tenant", "subject"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "stranger"),
                                ("reported__isnull", False),
                                ("tenant__isnull", True),
                            ),
                            models.Q(
                                models.Q(("kind", "stranger"), _negated=True),
                                ("tenant__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="difference_is_of_a_tenant_or_a_stranger",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fact",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="e98a267db9fc89f17a0a7f8cea69dc6e8c05d98c",
                    operation="DELETE",
                    pgid="pgtrigger_kept_998c7",
                    table="provisioning_fact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fact",
            trigger=pgtrigger.compiler.Trigger(
                name="said_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."tenant_id" IS DISTINCT FROM (NEW."tenant_id") OR OLD."sequence" IS DISTINCT FROM (NEW."sequence") OR OLD."type" IS DISTINCT FROM (NEW."type") OR OLD."subject" IS DISTINCT FROM (NEW."subject") OR OLD."value" IS DISTINCT FROM (NEW."value") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="fb51e3cc66acdd092443494433da37cf492f6843",
                    operation="UPDATE",
                    pgid="pgtrigger_said_once_d56a2",
                    table="provisioning_fact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="platformevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e18001d256041bbdef4989b3a51db0da9078ad17",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4618a",
                    table="provisioning_platformevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
