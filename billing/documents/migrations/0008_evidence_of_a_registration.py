from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('documents', '0007_vat_that_was_stated_before')]

    operations = [
        migrations.RenameField('vatevidence', 'vat_number', 'number'),
        migrations.AlterField(
            model_name='vatevidence',
            name='number',
            field=models.CharField(max_length=30, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='vatevidence',
            name='method',
            field=models.CharField(
                choices=[
                    ('form', 'Structure and check digits'),
                    ('vies', 'VIES'),
                    ('reg', 'Registration number, by its form'),
                ],
                max_length=4,
                verbose_name='method',
            ),
        ),
    ]
