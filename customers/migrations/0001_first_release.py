import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_history_details_hold_dates_and_amounts"),
        ("customers", "0003_where_electronic_invoices_go"),
        ("customers", "0004_mail_carries_files"),
        ("customers", "0005_indexes_that_earn_their_keep"),
        ("customers", "0006_organisation_tokens"),
        ("customers", "0007_answers_keep_their_headers"),
        ("customers", "0008_sign_ups_wait_for_their_mail"),
        ("customers", "0009_tokens_write_applications"),
        ("customers", "0010_staff_is_managed_and_told"),
        ("customers", "0011_superusers_manage_the_staff"),
        ("customers", "0012_mail_may_carry_a_secret"),
        ("customers", "0013_passes_go_on_where_they_stopped"),
        ("customers", "0014_policies_that_staff_change"),
        ("customers", "0015_second_factor_resets"),
        ("customers", "0016_accounts_are_shut_and_opened"),
        ("customers", "0017_usage_apart_from_its_cost"),
        ("customers", "0018_what_waits_for_staff"),
        ("customers", "0019_whether_somebody_works"),
        ("customers", "0020_answers_move_to_the_doors"),
        ("customers", "0021_invoices_have_a_language"),
        ("customers", "0022_the_language_that_invoices_were_in"),
        ("customers", "0023_what_colleagues_leave_behind"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "email",
                    models.EmailField(max_length=254, unique=True, verbose_name="email address"),
                ),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="name")),
                ("language", models.CharField(default="en", max_length=5, verbose_name="language")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("is_staff", models.BooleanField(default=False, verbose_name="vendor staff")),
                (
                    "duties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("sales", "Sales"),
                                ("app_manager", "App manager"),
                                ("billing", "Billing"),
                                ("operations", "Operations"),
                                ("staff_manager", "Staff manager"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="person_email_is_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_staff", True), ("duties", []), _connector="OR"),
                        name="person_only_staff_has_duties",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer_number",
                    models.CharField(max_length=20, unique=True, verbose_name="customer number"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("customer", "Customer"), ("partner", "Partner")],
                        default="customer",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("street", models.CharField(blank=True, max_length=200, verbose_name="street")),
                (
                    "postal_code",
                    models.CharField(blank=True, max_length=20, verbose_name="postal code"),
                ),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                (
                    "vat_number",
                    models.CharField(blank=True, max_length=20, verbose_name="VAT number"),
                ),
                (
                    "registration_number",
                    models.CharField(blank=True, max_length=30, verbose_name="registration number"),
                ),
                (
                    "endpoint_scheme",
                    models.CharField(blank=True, max_length=4, verbose_name="e-invoice scheme"),
                ),
                (
                    "endpoint_id",
                    models.CharField(blank=True, max_length=50, verbose_name="e-invoice address"),
                ),
                (
                    "buyer_reference",
                    models.CharField(blank=True, max_length=100, verbose_name="your reference"),
                ),
                (
                    "order_number",
                    models.CharField(blank=True, max_length=100, verbose_name="order number"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("language", models.CharField(default="en", max_length=5, verbose_name="language")),
                (
                    "invoice_language",
                    models.CharField(
                        choices=[
                            ("en", "English"),
                            ("nl", "Dutch"),
                            ("no", "Norwegian"),
                            ("sv", "Swedish"),
                            ("da", "Danish"),
                            ("de", "German"),
                        ],
                        default="en",
                        max_length=5,
                        verbose_name="language of the invoices",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="customers.organisation",
                        verbose_name="partner",
                    ),
                ),
                (
                    "representative",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="represented_organisations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="representative",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
            ],
            options={
                "verbose_name": "organisation",
                "verbose_name_plural": "organisations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                        name="organisation_country_is_iso_3166",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="organisation_currency_is_iso_4217",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invoice_language__in", ["en", "nl", "no", "sv", "da", "de"])
                        ),
                        name="organisation_invoice_language_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("partner__isnull", True),
                            models.Q(("partner", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="organisation_is_not_its_own_partner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("endpoint_id", ""), ("endpoint_scheme", "")),
                            models.Q(
                                ("endpoint_scheme__regex", "^[0-9]{4}$"),
                                models.Q(("endpoint_id", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="organisation_endpoint_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdviceQuestion",
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
                        related_name="advice_questions",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=60, verbose_name="about")),
                ("question", models.TextField(verbose_name="question")),
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
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                        verbose_name="asked of partner",
                    ),
                ),
                (
                    "representative",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked of representative",
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="answered at"),
                ),
            ],
            options={
                "verbose_name": "advice question",
                "verbose_name_plural": "advice questions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""),
                                ("answered_at__isnull", True),
                                ("answered_by__isnull", True),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="advice_answer_has_author_and_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClockShift",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("ahead_by", models.DurationField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("only", True)), name="clock_shift_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("only", True)), name="heartbeat_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=250)),
                ("noticed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="waiting_is_noticed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ToldWaiting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("up_to", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "kind"), name="told_waiting_once_per_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tenant",
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
                        related_name="tenants",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "deployment",
                    models.CharField(
                        choices=[("online", "Online"), ("on_premise", "On-premise")],
                        max_length=12,
                        verbose_name="deployment",
                    ),
                ),
                (
                    "environment",
                    models.CharField(
                        choices=[("sod", "SOD"), ("stage", "Stage"), ("production", "Production")],
                        default="production",
                        max_length=12,
                        verbose_name="environment",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("production", "Production"),
                            ("sandbox", "Production sandbox"),
                            ("developer", "Developer"),
                        ],
                        default="production",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sandboxes",
                        to="customers.tenant",
                        verbose_name="copied from",
                    ),
                ),
                (
                    "identifier",
                    models.CharField(blank=True, max_length=20, verbose_name="identifier"),
                ),
                (
                    "serial_number",
                    models.CharField(blank=True, max_length=30, verbose_name="serial number"),
                ),
                (
                    "owner_name",
                    models.CharField(blank=True, max_length=200, verbose_name="owner name"),
                ),
                ("crm_version", models.CharField(max_length=20, verbose_name="CRM version")),
                (
                    "commercial_model",
                    models.CharField(
                        choices=[("modules", "Modules"), ("crm_suite", "CRM Suite")],
                        default="modules",
                        max_length=12,
                        verbose_name="commercial model",
                    ),
                ),
                (
                    "crm_suite_plan",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("starter", "CRM Suite Starter"),
                            ("core", "CRM Suite Core"),
                            ("growth", "CRM Suite Growth"),
                            ("plus", "CRM Suite Plus"),
                            ("super", "CRM Suite Super"),
                        ],
                        max_length=12,
                        verbose_name="CRM Suite plan",
                    ),
                ),
                (
                    "state",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Unknown"),
                            (1, "Provisioning"),
                            (2, "Running"),
                            (3, "Deleted"),
                            (4, "Suspended"),
                            (5, "Online maintenance"),
                            (6, "Offline maintenance"),
                            (8, "Provisioning failed"),
                            (10, "Deleting"),
                            (11, "Delete failed"),
                            (12, "Migration pending"),
                        ],
                        default=2,
                        verbose_name="state",
                    ),
                ),
                ("state_changed_at", models.DateTimeField(verbose_name="state changed at")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
            ],
            options={
                "verbose_name": "tenant",
                "verbose_name_plural": "tenants",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Upper("identifier"),
                        models.F("environment"),
                        condition=models.Q(("identifier", ""), _negated=True),
                        name="tenant_identifier_unique_per_environment",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("serial_number", ""), _negated=True),
                        fields=("serial_number",),
                        name="tenant_serial_number_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deployment", "online"),
                                ("identifier__regex", "^[Cc][Uu][Ss][Tt][0-9]{1,12}$"),
                                ("owner_name", ""),
                                ("serial_number", ""),
                            ),
                            models.Q(
                                ("deployment", "on_premise"),
                                ("identifier", ""),
                                models.Q(("serial_number", ""), _negated=True),
                                models.Q(("owner_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="tenant_is_known_by_its_deployments_identity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "sandbox"), ("source__isnull", False)),
                            models.Q(
                                models.Q(("kind", "sandbox"), _negated=True),
                                ("source__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="tenant_only_a_sandbox_has_a_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deployment", "online"),
                            models.Q(("environment", "production"), ("kind", "production")),
                            _connector="OR",
                        ),
                        name="tenant_on_premise_is_production",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("commercial_model", "crm_suite"),
                                models.Q(("crm_suite_plan", ""), _negated=True),
                            ),
                            models.Q(("commercial_model", "modules"), ("crm_suite_plan", "")),
                            _connector="OR",
                        ),
                        name="tenant_plan_belongs_to_crm_suite",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", [0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12])),
                        name="tenant_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("crm_version__regex", "^[0-9]+(\\.[0-9]+)*$")),
                        name="tenant_crm_version_is_numeric",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganisationToken",
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
                        related_name="tokens",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("catalogue:read", "Read the catalogue and its prices"),
                                ("tenants:read", "Read tenants"),
                                ("subscriptions:read", "Read subscriptions"),
                                ("subscriptions:write", "Order and cancel subscriptions"),
                                ("applications:read", "Read applications and authorisations"),
                                (
                                    "applications:write",
                                    "Register and publish applications, ask for authorisations",
                                ),
                                ("authorisations:revoke", "Revoke authorisations"),
                                ("entitlements:read", "Ask what a tenant may use"),
                                ("invoices:read", "Read invoices and their documents"),
                                (
                                    "usage:read",
                                    "Read usage, and its cost if invoices may be read too",
                                ),
                                ("history:read", "Read the history"),
                            ],
                            max_length=30,
                        ),
                        verbose_name="scopes",
                    ),
                ),
                ("secret_start", models.CharField(max_length=12, verbose_name="begins with")),
                ("secret_hash", models.CharField(max_length=64, unique=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used"),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
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
            ],
            options={
                "verbose_name": "token",
                "verbose_name_plural": "tokens",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scopes", []), _negated=True),
                        name="token_opens_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="token_expires_after_it_was_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="token_revoked_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="History",
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
                        related_name="history",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                ("verb", models.CharField(max_length=60, verbose_name="what")),
                ("subject_type", models.CharField(max_length=40)),
                ("subject_id", models.BigIntegerField()),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("staff", "Vendor staff"),
                            ("schedule", "Schedule"),
                            ("platform", "Platform"),
                            ("token", "API token"),
                        ],
                        max_length=10,
                        verbose_name="kind of actor",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisationtoken",
                        verbose_name="API token",
                    ),
                ),
                (
                    "on_behalf_of",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                        verbose_name="on behalf of",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="why")),
                (
                    "details",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="details",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
            ],
            options={
                "verbose_name": "history entry",
                "verbose_name_plural": "history",
                "indexes": [
                    models.Index(
                        fields=["organisation", "-at", "-id"], name="history_by_organisation"
                    ),
                    models.Index(
                        fields=["subject_type", "subject_id", "at"], name="history_by_subject"
                    ),
                    models.Index(
                        condition=models.Q(("tenant__isnull", False)),
                        fields=["tenant", "verb"],
                        name="history_by_tenant",
                    ),
                    models.Index(
                        condition=models.Q(("actor__isnull", False)),
                        fields=["actor"],
                        name="history_by_actor",
                    ),
                    models.Index(
                        condition=models.Q(("on_behalf_of__isnull", False)),
                        fields=["on_behalf_of"],
                        name="history_on_behalf_of",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("actor__isnull", False),
                                ("actor_kind__in", ["person", "staff"]),
                                ("token__isnull", True),
                            ),
                            models.Q(
                                ("actor__isnull", True),
                                ("actor_kind__in", ["schedule", "platform"]),
                                ("token__isnull", True),
                            ),
                            models.Q(
                                ("actor__isnull", True),
                                ("actor_kind", "token"),
                                ("token__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="history_people_and_tokens_have_names",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MailAttachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("content_type", models.CharField(max_length=100, verbose_name="content type")),
                ("content", models.BinaryField(verbose_name="content")),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("to", models.EmailField(max_length=254, verbose_name="to")),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("body", models.TextField(verbose_name="text")),
                (
                    "carries_secret",
                    models.BooleanField(default=False, verbose_name="carries a secret"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "attachments",
                    models.ManyToManyField(
                        blank=True,
                        related_name="mails",
                        to="customers.mailattachment",
                        verbose_name="attachments",
                    ),
                ),
            ],
            options={
                "verbose_name": "outgoing mail",
                "verbose_name_plural": "outgoing mail",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["next_attempt_at"],
                        name="outgoing_mail_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at__isnull", True),
                            models.Q(("next_attempt_at__isnull", True), ("sent_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="outgoing_mail_sent_waits_no_more",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeveloperSignUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("organisation_name", models.CharField(max_length=200, verbose_name="name")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("signed_up_at", models.DateTimeField(verbose_name="signed up at")),
            ],
            options={
                "verbose_name": "sign-up of a developer",
                "verbose_name_plural": "sign-ups of developers",
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("tenant_administrator", "Tenant administrator"),
                            ("billing_contact", "Billing contact"),
                            ("developer", "Developer"),
                            ("reader", "Reader"),
                        ],
                        max_length=30,
                        verbose_name="role",
                    ),
                ),
                ("since_at", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "organisation"),
                        name="membership_one_role_per_organisation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PartnerAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="granted_access",
                        to="customers.organisation",
                        verbose_name="customer",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="received_access",
                        to="customers.organisation",
                        verbose_name="partner",
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("granted_at", models.DateTimeField(verbose_name="granted at")),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
                ),
            ],
            options={
                "verbose_name": "partner access",
                "verbose_name_plural": "partner access",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("customer", "partner"),
                        name="partner_access_granted_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("customer", models.F("partner")), _negated=True),
                        name="partner_access_between_two_organisations",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="customers.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("tenant_administrator", "Tenant administrator"),
                            ("billing_contact", "Billing contact"),
                            ("developer", "Developer"),
                            ("reader", "Reader"),
                        ],
                        max_length=30,
                        verbose_name="role",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("invited_at", models.DateTimeField(verbose_name="invited at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "accepted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="accepted at"),
                ),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        models.F("organisation"),
                        condition=models.Q(
                            ("accepted_at__isnull", True), ("withdrawn_at__isnull", True)
                        ),
                        name="invitation_open_once_per_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", True), ("accepted_by__isnull", True)),
                            models.Q(
                                ("accepted_at__isnull", False), ("accepted_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="invitation_accepted_at_and_by_together",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pass",
            fields=[
                ("work", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("after", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("policy", models.CharField(max_length=30, verbose_name="policy")),
                ("value", models.PositiveIntegerField(verbose_name="value")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
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
                "verbose_name": "change of a policy",
                "verbose_name_plural": "changes of policies",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["policy", "id"], name="policy_change_in_order")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("policy", "licence_file_warning"), ("value__range", (1, 28))),
                            models.Q(("policy", "licence_file_grace"), ("value__range", (0, 92))),
                            models.Q(("policy", "entitlements_stand"), ("value__range", (1, 3600))),
                            models.Q(("policy", "secret_warning"), ("value__range", (1, 30))),
                            models.Q(("policy", "invitation_lasts"), ("value__range", (1, 90))),
                            models.Q(("policy", "webhook_patience"), ("value__range", (4, 30))),
                            models.Q(("policy", "webhooks_kept"), ("value__range", (7, 3650))),
                            models.Q(("policy", "attempts_kept"), ("value__range", (7, 3650))),
                            models.Q(("policy", "mail_kept"), ("value__range", (15, 3650))),
                            _connector="OR",
                        ),
                        name="policy_change_is_within_bounds",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff_changes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "before",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("sales", "Sales"),
                                ("app_manager", "App manager"),
                                ("billing", "Billing"),
                                ("operations", "Operations"),
                                ("staff_manager", "Staff manager"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        null=True,
                        verbose_name="duties before",
                    ),
                ),
                (
                    "after",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("sales", "Sales"),
                                ("app_manager", "App manager"),
                                ("billing", "Billing"),
                                ("operations", "Operations"),
                                ("staff_manager", "Staff manager"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        null=True,
                        verbose_name="duties after",
                    ),
                ),
                (
                    "works_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        db_default=[],
                        default=list,
                        verbose_name="credentials that work on",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "change of staff",
                "verbose_name_plural": "changes of staff",
            },
        ),
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account_changes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                ("is_open", models.BooleanField(verbose_name="open from then on")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "change of an account",
                "verbose_name_plural": "changes of accounts",
            },
        ),
        migrations.CreateModel(
            name="SecondFactorReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_factor_resets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "reset of a second factor",
                "verbose_name_plural": "resets of second factors",
            },
        ),
        migrations.CreateModel(
            name="TenantUserPlan",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="user_plans",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "plan",
                    models.CharField(
                        choices=[
                            ("sales-essentials", "Sales Essentials"),
                            ("sales-premium", "Sales Premium"),
                            ("service-essentials", "Service Essentials"),
                            ("service-premium", "Service Premium"),
                            ("marketing-essentials", "Marketing Essentials"),
                            ("marketing-premium", "Marketing Premium"),
                            ("standard", "Standard"),
                            ("complete", "Complete"),
                        ],
                        max_length=30,
                        verbose_name="user plan",
                    ),
                ),
                ("users", models.PositiveIntegerField(verbose_name="users")),
            ],
            options={
                "verbose_name": "user plan",
                "verbose_name_plural": "user plans",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "plan"), name="tenant_user_plan_once_per_tenant"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="history",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cdf7db68ddc651b22318ea432e902264398ffdb2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_bb959",
                    table="customers_history",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policychange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f49824bf35f31ebf3e30c478bc6802f570d0a8ae",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_63c6a",
                    table="customers_policychange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2c089a77c3ee699572fdf4f3b6638e150e590fbe",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_87634",
                    table="customers_staffchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accountchange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="64a6352750af5b754811a3c4d6d9a61dedb70ac4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_617d5",
                    table="customers_accountchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="secondfactorreset",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="794a78b20d8c4f16a0522f02b31458d00487de8b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5a14f",
                    table="customers_secondfactorreset",
                    when="BEFORE",
                ),
            ),
        ),
    ]
