from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_when_a_pass_moved")]

    operations = [
        migrations.AddField(
            model_name="staffchange",
            name="invitations",
            field=ArrayField(
                models.TextField(),
                default=list,
                db_default=[],
                blank=True,
                verbose_name="open invitations",
            ),
        ),
    ]
