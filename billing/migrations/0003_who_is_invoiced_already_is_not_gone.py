from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_a_preview_that_failed_is_unknown")]

    operations = [
        migrations.AlterField(
            model_name="previewrow",
            name="change",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("changed", "Changed"),
                    ("same", "As last month"),
                    ("gone", "Gone"),
                    ("unknown", "Not known"),
                    ("done", "Already invoiced"),
                ],
                max_length=7,
                verbose_name="change",
            ),
        ),
    ]
