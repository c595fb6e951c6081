from django.db import migrations

# Rows were kept until the morning after; of those that are there the day alone is known.
ON_THEIR_DAY = """
    UPDATE metering_refusedusage
    SET first_at = day::timestamp AT TIME ZONE 'UTC', last_at = day::timestamp AT TIME ZONE 'UTC'
"""


class Migration(migrations.Migration):
    dependencies = [("metering", "0008_refused_usage_is_kept")]

    operations = [migrations.RunSQL(ON_THEIR_DAY, migrations.RunSQL.noop)]
