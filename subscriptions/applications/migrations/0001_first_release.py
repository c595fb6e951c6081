import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import subscriptions.applications.models.versions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("applications", "0001_initial"),
        ("applications", "0002_versions_and_credentials"),
        ("applications", "0003_existing_applications_have_a_version"),
        ("applications", "0004_development_tenants"),
        ("applications", "0005_makers_are_told_of_suspensions"),
        ("applications", "0006_client_secrets_are_warned_of"),
        ("applications", "0007_customers_agree_to_scopes"),
        ("applications", "0008_applications_stop_with_a_plan"),
        ("applications", "0009_consent_that_asks_for_more_expires"),
        ("applications", "0010_applications_can_be_blocked"),
        ("applications", "0011_what_stops_says_until_when_it_comes_back"),
        ("applications", "0012_contacts_agree_to_mail"),
        ("applications", "0013_versions_name_their_deployments"),
        ("applications", "0014_asked_again_and_needs_more"),
        ("applications", "0015_empty_is_called_other"),
    ]

    initial = True

    dependencies = [
        ("allauth_idp_oidc", "0003_client_allow_uri_wildcards"),
        ("customers", "0001_first_release"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="customers.organisation",
                        verbose_name="owner",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("custom", "Custom application"),
                            ("standard", "Standard application"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("web", "Web"),
                            ("native", "Native"),
                            ("server", "Server-to-server"),
                            ("erp_sync", "Standard ERP sync and quote"),
                            ("empty", "Other"),
                        ],
                        default="empty",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("summary", models.CharField(blank=True, max_length=300, verbose_name="summary")),
                (
                    "technical_contact",
                    models.EmailField(max_length=254, verbose_name="technical contact"),
                ),
                (
                    "error_mails",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254), blank=True, default=list
                    ),
                ),
                (
                    "uninstall_mails",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254), blank=True, default=list
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "blocked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="blocked at"),
                ),
                (
                    "blocked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "block_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why blocked"),
                ),
            ],
            options={
                "verbose_name": "application",
                "verbose_name_plural": "applications",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "name"), name="application_name_per_owner"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("block_reason", ""),
                                ("blocked_at__isnull", True),
                                ("blocked_by__isnull", True),
                            ),
                            models.Q(
                                ("blocked_at__isnull", False),
                                ("blocked_by__isnull", False),
                                models.Q(("block_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="application_blocked_by_somebody_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authorisations",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authorisations",
                        to="customers.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Waiting for the customer"),
                            ("confirmed", "Waiting for the app manager"),
                            ("active", "Active"),
                            ("needs_reapproval", "Needs approval again"),
                            ("denied", "Denied"),
                            ("expired", "Expired"),
                            ("revoked", "Revoked"),
                            ("deactivated", "Deactivated"),
                        ],
                        max_length=20,
                        verbose_name="status",
                    ),
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
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "contact_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="contact"),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="confirmed at"),
                ),
                (
                    "agreed_capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("system_user", "System user"),
                                ("webhooks", "Webhooks"),
                                ("mirroring", "Database mirroring"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "agreed_scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("crm:read", "Read the CRM"),
                                ("crm:write", "Write to the CRM"),
                                ("entitlements:read", "Read what the tenant may use"),
                                ("usage:write", "Report usage"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "granted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="granted at"),
                ),
                (
                    "valid_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                ),
                (
                    "deactivation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("licence_ended", "The subscription it needs has ended"),
                            ("licence_missing", "The subscription it needs is missing"),
                            ("needs_more", "It needs a subscription that it did not need before"),
                            ("plan_changed", "The CRM Suite plan no longer includes what it needs"),
                        ],
                        max_length=20,
                        verbose_name="why deactivated",
                    ),
                ),
                (
                    "restore_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="comes back until"),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                (
                    "told_stopped_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="told that it stopped at"
                    ),
                ),
            ],
            options={
                "verbose_name": "authorisation",
                "verbose_name_plural": "authorisations",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("status__in", ("active", "confirmed", "needs_reapproval")),
                            ("valid_until__isnull", False),
                        ),
                        fields=["valid_until"],
                        name="authorisation_expires",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "tenant"), name="authorisation_once_per_tenant"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["confirmed", "active"]), _negated=True),
                            models.Q(
                                ("confirmed_at__isnull", False), ("confirmed_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="authorisation_has_the_customers_yes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("granted_at__isnull", True), ("granted_by__isnull", True)),
                            models.Q(("granted_at__isnull", False), ("granted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="authorisation_granted_by_and_at_together",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ["denied", "expired", "revoked", "deactivated"]),
                                ("closed_at__isnull", False),
                            ),
                            models.Q(
                                models.Q(
                                    ("status__in", ["denied", "expired", "revoked", "deactivated"]),
                                    _negated=True,
                                ),
                                ("closed_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="authorisation_closed_at_when_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("restore_until__isnull", False),
                                ("status", "deactivated"),
                                models.Q(("deactivation", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("status", "deactivated"), _negated=True),
                                ("deactivation", ""),
                                ("restore_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="authorisation_deactivated_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "expired"), _negated=True),
                            ("valid_until__isnull", False),
                            _connector="OR",
                        ),
                        name="authorisation_expired_at_its_date",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                        verbose_name="owner",
                    ),
                ),
                ("address", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                (
                    "asked_again_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="asked again at"),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="confirmed at"),
                ),
            ],
            options={
                "verbose_name": "contact address",
                "verbose_name_plural": "contact addresses",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "address"), name="contact_address_once_per_owner"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("address", django.db.models.functions.text.Lower("address"))
                        ),
                        name="contact_address_in_small_letters",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credentials",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                (
                    "environment",
                    models.CharField(
                        choices=[("sod", "SOD"), ("stage", "Stage"), ("production", "Production")],
                        max_length=12,
                        verbose_name="environment",
                    ),
                ),
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credential",
                        to="allauth_idp_oidc.client",
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
                ("created_at", models.DateTimeField(verbose_name="made at")),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
            ],
            options={
                "verbose_name": "credential",
                "verbose_name_plural": "credentials",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("application", "environment"),
                        name="credential_one_live_per_environment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="credential_revoked_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientSecret",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secrets",
                        to="applications.credential",
                    ),
                ),
                ("start", models.CharField(max_length=12, verbose_name="starts with")),
                ("hash", models.CharField(max_length=64, unique=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="good until")),
                (
                    "warned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="warned at"),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used at"),
                ),
            ],
            options={
                "verbose_name": "client secret",
                "verbose_name_plural": "client secrets",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)),
                        fields=("credential",),
                        name="client_secret_one_without_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True),
                            ("ends_at__gte", models.F("created_at")),
                            _connector="OR",
                        ),
                        name="client_secret_ends_after_its_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("warned_at__isnull", True), ("ends_at__isnull", False), _connector="OR"
                        ),
                        name="client_secret_warned_of_an_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IssuedToken",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="issued",
                        serialize=False,
                        to="allauth_idp_oidc.token",
                    ),
                ),
                (
                    "authorisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issued_tokens",
                        to="applications.authorisation",
                    ),
                ),
                (
                    "secret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issued_tokens",
                        to="applications.clientsecret",
                    ),
                ),
            ],
            options={
                "verbose_name": "issued token",
                "verbose_name_plural": "issued tokens",
            },
        ),
        migrations.CreateModel(
            name="DevelopmentTenantRequest",
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
                ("purpose", models.CharField(max_length=500, verbose_name="what for")),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                (
                    "tenant",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tenant",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
            ],
            options={
                "verbose_name": "request for a development tenant",
                "verbose_name_plural": "requests for development tenants",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=("organisation",),
                        name="development_tenant_one_open_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("tenant__isnull", True),
                            ),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="development_tenant_decided_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="applications.application",
                        verbose_name="application",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "redirect_uris",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=500), blank=True, default=list
                    ),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("crm:read", "Read the CRM"),
                                ("crm:write", "Write to the CRM"),
                                ("entitlements:read", "Read what the tenant may use"),
                                ("usage:write", "Report usage"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("system_user", "System user"),
                                ("webhooks", "Webhooks"),
                                ("mirroring", "Database mirroring"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "deployments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("online", "Online"), ("on_premise", "On-premise")],
                            max_length=12,
                        ),
                        default=subscriptions.applications.models.versions.every_deployment,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="what changed")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
            ],
            options={
                "verbose_name": "application version",
                "verbose_name_plural": "application versions",
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "number"), name="application_version_numbered_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deployments__contained_by", ["online", "on_premise"]),
                            ("deployments__len__gt", 0),
                        ),
                        name="application_version_works_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publications",
                        to="applications.applicationversion",
                        verbose_name="version",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publications",
                        to="applications.application",
                    ),
                ),
                (
                    "environment",
                    models.CharField(
                        choices=[("sod", "SOD"), ("stage", "Stage"), ("production", "Production")],
                        max_length=12,
                        verbose_name="environment",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Request pending"),
                            ("published", "Published"),
                            ("rejected", "Rejected"),
                            ("replaced", "Replaced by a newer version"),
                        ],
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
            ],
            options={
                "verbose_name": "publication",
                "verbose_name_plural": "publications",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "environment"), name="publication_once_per_environment"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "published")),
                        fields=("application", "environment"),
                        name="publication_one_published_per_environment",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "pending")),
                        fields=("application", "environment"),
                        name="publication_one_pending_per_environment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("status", "pending"),
                            ),
                            models.Q(
                                models.Q(("status", "pending"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="publication_decided_by_somebody",
                    ),
                ],
            },
        ),
    ]
