import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("webhooks", "0001_initial"),
        ("webhooks", "0002_old_events_are_forgotten"),
        ("webhooks", "0003_endpoints_are_taken_in_turn"),
        ("webhooks", "0004_events_say_what_was_left_out"),
        ("webhooks", "0005_what_takes_longer_than_a_request"),
        ("webhooks", "0006_failures_that_follow_each_other"),
        ("webhooks", "0007_developers_hear_of_tenants"),
        ("webhooks", "0008_messages_that_were_given_up"),
        ("webhooks", "0009_owners_are_told_now_and_then"),
    ]

    initial = True

    dependencies = [
        ("applications", "0001_first_release"),  # the trigger reads its tables
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NotedHistory",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("customers.history",),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "history",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.history",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "history"),
                        name="webhook_note_once_per_organisation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.organisation",
                    ),
                ),
                ("last_sequence", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
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
                    ),
                ),
                (
                    "history",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.history",
                    ),
                ),
                ("type", models.CharField(max_length=60, verbose_name="event")),
                (
                    "sequence",
                    models.PositiveBigIntegerField(blank=True, null=True, verbose_name="number"),
                ),
                ("body", models.TextField(verbose_name="content")),
                (
                    "left_out",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="why its details are left out"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("created_at", models.DateTimeField(verbose_name="noted at")),
            ],
            options={
                "verbose_name": "webhook event",
                "verbose_name_plural": "webhook events",
                "indexes": [
                    models.Index(
                        fields=["organisation", "created_at"], name="webhook_event_by_time"
                    ),
                    models.Index(fields=["created_at"], name="webhook_event_by_age"),
                    models.Index(
                        condition=models.Q(("left_out", ""), _negated=True),
                        fields=["-created_at"],
                        name="webhook_event_left_out",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "history"),
                        name="webhook_event_once_per_organisation",
                    ),
                    models.UniqueConstraint(
                        fields=("organisation", "sequence"), name="webhook_event_number_taken_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("history__isnull", True), ("sequence__isnull", True)),
                            models.Q(("history__isnull", False), ("sequence__gte", 1)),
                            _connector="OR",
                        ),
                        name="webhook_event_is_numbered_unless_a_test",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
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
                ("address", models.CharField(max_length=500, verbose_name="address")),
                (
                    "description",
                    models.CharField(blank=True, max_length=200, verbose_name="description"),
                ),
                (
                    "event_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), verbose_name="events"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "disabled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="disabled at"),
                ),
                (
                    "disabled_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by_person", "Switched off by a person"),
                            ("gone", "The receiver answered that it is gone (410)"),
                            ("failing", "No delivery succeeded for days"),
                        ],
                        max_length=10,
                        verbose_name="why disabled",
                    ),
                ),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="failing since"),
                ),
                (
                    "failed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="failed last"),
                ),
                (
                    "given_up_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="given up since"),
                ),
                (
                    "given_up_told_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="given up told at"),
                ),
                ("free_at", models.DateTimeField(blank=True, null=True, verbose_name="free at")),
                (
                    "removed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="removed at"),
                ),
            ],
            options={
                "verbose_name": "webhook endpoint",
                "verbose_name_plural": "webhook endpoints",
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at__isnull", False)),
                        fields=["removed_at"],
                        name="webhook_endpoint_removed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("organisation", "address"),
                        name="webhook_endpoint_address_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("removed_at__isnull", True),
                            ("disabled_at__isnull", False),
                            _connector="OR",
                        ),
                        name="webhook_endpoint_removed_is_off",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("event_types__len__gte", 1)),
                        name="webhook_endpoint_wants_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("disabled_at__isnull", True), ("disabled_because", "")),
                            models.Q(
                                ("disabled_at__isnull", False),
                                models.Q(("disabled_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="webhook_endpoint_disabled_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                (
                    "endpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="replay",
                        serialize=False,
                        to="webhooks.endpoint",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked for at")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("count", models.PositiveBigIntegerField(verbose_name="messages")),
                ("next_number", models.PositiveBigIntegerField(verbose_name="next number")),
                ("last_number", models.PositiveBigIntegerField(verbose_name="last number")),
            ],
            options={
                "verbose_name": "webhook replay",
                "verbose_name_plural": "webhook replays",
            },
        ),
        migrations.CreateModel(
            name="EndpointSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="secrets",
                        to="webhooks.endpoint",
                    ),
                ),
                ("sealed", models.TextField()),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends at")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)),
                        fields=("endpoint",),
                        name="webhook_secret_one_without_end",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.event",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.endpoint",
                    ),
                ),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "delivered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="delivered at"),
                ),
                (
                    "given_up_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="given up at"),
                ),
                (
                    "replayed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="started anew at"),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["endpoint", "next_attempt_at", "event"],
                        name="webhook_delivery_in_turn",
                    ),
                    models.Index(fields=["endpoint", "-id"], name="webhook_delivery_by_endpoint"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "endpoint"), name="webhook_delivery_once_per_endpoint"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("delivered_at__isnull", True),
                                ("given_up_at", None),
                                ("next_attempt_at__isnull", False),
                            ),
                            models.Q(
                                ("delivered_at__isnull", False),
                                ("given_up_at", None),
                                ("next_attempt_at__isnull", True),
                            ),
                            models.Q(
                                ("delivered_at__isnull", True),
                                ("given_up_at__isnull", False),
                                ("next_attempt_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="webhook_delivery_waits_or_is_over",
                    ),
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
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="webhooks.delivery",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="answer"),
                ),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("address_refused", "The address leads to an internal network"),
                            ("not_found", "The name of the server was not found"),
                            ("timed_out", "No answer in time"),
                            ("tls", "The certificate is not valid for the address"),
                            ("connection", "No connection"),
                            ("secret_lost", "The secret cannot be read any more: make a new one"),
                        ],
                        max_length=20,
                        verbose_name="trouble",
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="first bytes of the answer")),
                ("duration_ms", models.PositiveIntegerField(verbose_name="duration")),
            ],
            options={
                "verbose_name": "webhook attempt",
                "verbose_name_plural": "webhook attempts",
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__isnull", False), ("trouble", "")),
                            models.Q(
                                ("status__isnull", True), models.Q(("trouble", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="webhook_attempt_has_an_answer_or_a_trouble",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notedhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="note_for_webhooks",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF NOT EXISTS (SELECT 1 FROM webhooks_endpoint) THEN RETURN NULL; END IF;\n        INSERT INTO webhooks_note (history_id, organisation_id)\n        SELECT told.id, told.organisation_id FROM new_rows told\n        WHERE EXISTS (\n            SELECT 1 FROM webhooks_endpoint wanted\n            WHERE wanted.organisation_id = told.organisation_id\n        )\n        UNION\n        SELECT told.id, application.owner_id FROM new_rows told\n        JOIN applications_authorisation authorisation ON authorisation.id = told.subject_id\n        JOIN applications_application application\n            ON application.id = authorisation.application_id\n        WHERE told.subject_type = 'authorisation'\n        AND EXISTS (\n            SELECT 1 FROM webhooks_endpoint wanted\n            WHERE wanted.organisation_id = application.owner_id\n        )\n        UNION\n        SELECT told.id, application.owner_id FROM new_rows told\n        JOIN applications_authorisation authorisation\n            ON authorisation.tenant_id = told.tenant_id AND authorisation.status = 'active'\n        JOIN applications_application application\n            ON application.id = authorisation.application_id\n        WHERE told.subject_type = 'tenant' AND told.verb IN (\n            'tenant.state_changed', 'tenant.upgraded', 'tenant.moved', 'tenant.backup_restored'\n        )\n        AND EXISTS (\n            SELECT 1 FROM webhooks_endpoint wanted\n            WHERE wanted.organisation_id = application.owner_id\n        );\n        RETURN NULL;\n    ",
                    hash="a7fbb5c5b27faa1d9f4f72dfebfc963a42bbb00b",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_note_for_webhooks_69eae",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="customers_history",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="event",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="287e19ca70c647a8efa0fc0d2ac4cc919c80bb96",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changes_61b0c",
                    table="webhooks_event",
                    when="BEFORE",
                ),
            ),
        ),
    ]
