from django.db import migrations


def publish(apps, schema_editor):
    """What works somewhere is published there: version 1, which can do nothing special."""
    Application = apps.get_model("applications", "Application")
    Version = apps.get_model("applications", "ApplicationVersion")
    Publication = apps.get_model("applications", "Publication")
    for application in Application.objects.all():
        member = application.owner.memberships.order_by("pk").first()
        asked = application.authorisations.select_related("tenant").order_by("pk")
        by = member.person_id if member else next((a.requested_by_id for a in asked), None)
        if by is None:
            continue
        version = Version.objects.create(
            application=application,
            number=1,
            scopes=["crm:read", "crm:write", "entitlements:read", "usage:write"],
            created_by_id=by,
            created_at=application.created_at,
        )
        for environment in sorted({each.tenant.environment for each in asked}):
            Publication.objects.create(
                version=version,
                application=application,
                environment=environment,
                status="published",
                requested_by_id=by,
                requested_at=application.created_at,
                decided_by_id=by,
                decided_at=application.created_at,
            )


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_versions_and_credentials")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop, elidable=True)]
