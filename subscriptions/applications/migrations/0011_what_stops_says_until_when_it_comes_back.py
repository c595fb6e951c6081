from django.db import migrations, models
from django.db.models import Q

# As it was promised: by the version that was subscribed to when its end stopped the application,
# else by what Development Tools say today; 30 days where a version says nothing else.
FILL = """
UPDATE applications_authorisation AS stopped
SET restore_until = stopped.closed_at + make_interval(days => COALESCE(
    (
        SELECT COALESCE((version.policies ->> 'restore_days')::integer, 30)
        FROM subscriptions_subscription AS ended
        JOIN catalog_productversion AS version ON version.id = ended.product_version_id
        JOIN catalog_product AS product ON product.id = version.product_id
        WHERE product.code IN ('development-tools', 'database-mirroring')
            AND ended.ends_at = stopped.closed_at
            AND (ended.tenant_id = tenant.id OR
                (ended.tenant_id IS NULL AND ended.organisation_id = tenant.organisation_id))
        ORDER BY product.code DESC, ended.id DESC LIMIT 1
    ),
    (
        SELECT COALESCE((version.policies ->> 'restore_days')::integer, 30)
        FROM catalog_productversion AS version
        JOIN catalog_product AS product ON product.id = version.product_id
        WHERE product.code = 'development-tools' ORDER BY version.number DESC LIMIT 1
    ),
    30
))
FROM customers_tenant AS tenant
WHERE tenant.id = stopped.tenant_id AND stopped.status = 'deactivated'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0010_applications_can_be_blocked"),
        ("catalog", "0008_policies_decided_by_staff"),
        ("subscriptions", "0007_told_what_the_plan_gives"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorisation",
            name="restore_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="comes back until"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop, elidable=True),
        migrations.RemoveConstraint(
            model_name="authorisation", name="authorisation_deactivated_for_a_reason"
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=Q(status="deactivated", restore_until__isnull=False)
                & ~Q(deactivation="")
                | ~Q(status="deactivated") & Q(deactivation="", restore_until__isnull=True),
                name="authorisation_deactivated_for_a_reason",
            ),
        ),
    ]
