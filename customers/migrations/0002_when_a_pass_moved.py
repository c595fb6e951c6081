from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_first_release")]

    operations = [
        migrations.AddField(
            model_name="pass", name="moved_at", field=models.DateTimeField(null=True)
        ),
    ]
