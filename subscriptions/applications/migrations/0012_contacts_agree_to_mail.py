"""Whom applications name is written to when they agreed; those of before had mail until now."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

AGREED_BEFORE = """
    INSERT INTO applications_contactaddress (owner_id, address, asked_at, confirmed_at)
    SELECT owner_id, lower(named), min(created_at), min(created_at)
    FROM applications_application,
        unnest(ARRAY[technical_contact] || error_mails || uninstall_mails) AS named
    WHERE named <> ''
    GROUP BY owner_id, lower(named)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0011_what_stops_says_until_when_it_comes_back'),
        ('customers', '0016_accounts_are_shut_and_opened'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContactAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.organisation', verbose_name='owner')),
            ],
            options={
                'verbose_name': 'contact address',
                'verbose_name_plural': 'contact addresses',
                'constraints': [models.UniqueConstraint(fields=('owner', 'address'), name='contact_address_once_per_owner'), models.CheckConstraint(condition=models.Q(('address', django.db.models.functions.text.Lower('address'))), name='contact_address_in_small_letters')],
            },
        ),
        migrations.RunSQL(AGREED_BEFORE, migrations.RunSQL.noop),
    ]
