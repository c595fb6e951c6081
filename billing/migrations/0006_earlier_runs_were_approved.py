from django.db import migrations, models


def approve(apps, schema_editor):
    """Until now every run went by itself: approved when it was opened."""
    apps.get_model("billing", "BillingRun").objects.update(approved_at=models.F("started_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_run_approval_holds_previews'),
    ]

    operations = [
        migrations.RunPython(approve, migrations.RunPython.noop),
    ]
