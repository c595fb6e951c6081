from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0008_messages_that_were_given_up"),
    ]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="given_up_told_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="given up told at"),
        ),
    ]
