from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0001_first_release")]

    operations = [
        migrations.AlterField(
            model_name="difference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("missing", "The platform was told, and does not have it"),
                    ("surplus", "The platform has what the tenant should not have"),
                    ("other", "The platform has it otherwise"),
                    ("unknown_tenant", "The platform does not know the tenant"),
                    ("state", "The platform reports another state of the tenant"),
                    ("odd", "What the platform reports of it is not as agreed"),
                    ("stranger", "The platform has something for a tenant that is not known here"),
                    ("deleted", "The platform has something for a tenant that is deleted here"),
                ],
                max_length=20,
                verbose_name="what is different",
            ),
        ),
    ]
