from decimal import Decimal

import pgtrigger
from django.db import migrations


def in_kroner(apps, schema_editor):
    """Policies of before, of sellers in kroner, have the amount in kroner; the default was euros."""
    policies = apps.get_model('billing', 'BillingPolicy').objects
    with pgtrigger.ignore('billing.BillingPolicy:append_only'):
        policies.filter(seller__currency='NOK').update(most_at_first=Decimal(250_000))


class Migration(migrations.Migration):

    dependencies = [('billing', '0019_bounds_without_a_last_month')]

    operations = [
        migrations.RunPython(in_kroner, migrations.RunPython.noop),
    ]
