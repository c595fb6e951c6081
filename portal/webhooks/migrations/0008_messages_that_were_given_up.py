from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0007_developers_hear_of_tenants"),
    ]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="given_up_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="given up since"),
        ),
    ]
