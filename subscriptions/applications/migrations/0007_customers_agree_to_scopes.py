"""What an application may do by now is what its customers have agreed to so far."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

AGREED = """
    UPDATE applications_authorisation AS authorisation SET agreed_scopes = version.scopes
    FROM customers_tenant AS tenant, applications_publication AS publication,
        applications_applicationversion AS version
    WHERE tenant.id = authorisation.tenant_id
        AND publication.application_id = authorisation.application_id
        AND publication.environment = tenant.environment
        AND publication.status = 'published'
        AND version.id = publication.version_id
        AND authorisation.confirmed_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0006_client_secrets_are_warned_of")]

    operations = [
        migrations.AddField(
            model_name="authorisation",
            name="agreed_scopes",
            field=ArrayField(
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
                size=None,
            ),
        ),
        migrations.RunSQL(AGREED, migrations.RunSQL.noop),
    ]
