import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0022_the_language_that_invoices_were_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="staffchange",
            name="works_on",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="credentials that work on",
            ),
        ),
    ]
