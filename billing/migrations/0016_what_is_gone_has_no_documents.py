from django.db import migrations


def count(apps, schema_editor):
    """Rows of before the number was kept; `0014` gave each of them one."""
    rows = apps.get_model("billing", "PreviewRow").objects
    rows.filter(change="gone").update(documents=0)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0015_which_invoices_are_outside_scope'),
    ]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
