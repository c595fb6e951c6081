import datetime as dt

from django.db import migrations, models


def migrated_on() -> dt.date:
    """What was counted before today may be billed or not: the next run looks at all of it."""
    return dt.datetime.now(dt.UTC).date()


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0002_credentials_may_ask"),
    ]

    operations = [
        migrations.AddField(
            model_name="dailytotal",
            name="changed_on",
            field=models.DateField(verbose_name="changed on", default=migrated_on),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="dailytotal",
            index=models.Index(
                condition=models.Q(("changed_on__gt", models.F("day"))),
                fields=["tenant", "changed_on"],
                name="daily_total_changed_later",
            ),
        ),
    ]
