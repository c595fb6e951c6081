from django.db import migrations

# Until now a superuser gave duties, in the administration.
SUPERUSERS_MANAGE = """
    UPDATE customers_person SET duties = array_append(duties, 'staff_manager')
    WHERE is_superuser AND is_staff AND NOT 'staff_manager' = ANY (duties)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_staff_is_managed_and_told"),
    ]

    operations = [
        migrations.RunSQL(SUPERUSERS_MANAGE, migrations.RunSQL.noop),
    ]
