"""A sandbox came with the subscription of the tenant that it copies: until now that was guessed."""

from django.db import migrations

DELETED = 3
STARTED = ["active", "suspended", "ended"]


def note_what_came_with_it(apps, schema_editor):
    """The newest copy that is there; the newest there was, when all are gone for good."""
    Tenant = apps.get_model("customers", "Tenant")
    Subscription = apps.get_model("subscriptions", "Subscription")
    paid = Subscription.objects.filter(
        product_version__needs_online_source=True,
        tenant__isnull=False,
        status__in=STARTED,
        delivered_tenant=None,
    )
    for subscription in paid.order_by("pk").iterator():
        copies = Tenant.objects.filter(source=subscription.tenant_id)
        newest = copies.order_by("-created_at", "-pk")
        subscription.delivered_tenant = newest.exclude(state=DELETED).first() or newest.first()
        subscription.save(update_fields=["delivered_tenant"])


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0004_what_came_with_it"),
    ]

    operations = [
        migrations.RunPython(note_what_came_with_it, migrations.RunPython.noop),
    ]
