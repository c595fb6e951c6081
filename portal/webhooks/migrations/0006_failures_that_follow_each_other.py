"""A failure long after another begins anew; what fails at present goes on."""

from django.db import migrations, models

# Of the attempts that are kept; without any the next failure begins anew.
LAST_FAILURES = """
    UPDATE webhooks_endpoint SET failed_at = (
        SELECT max(attempt.at)
        FROM webhooks_attempt attempt
        JOIN webhooks_delivery delivery ON delivery.id = attempt.delivery_id
        WHERE delivery.endpoint_id = webhooks_endpoint.id
    )
    WHERE failing_since IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0005_what_takes_longer_than_a_request"),
    ]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="failed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="failed last"),
        ),
        migrations.RunSQL(LAST_FAILURES, reverse_sql=migrations.RunSQL.noop),
    ]
