import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0022_the_language_that_invoices_were_in"),
        ("metering", "0007_client_ids_of_one_application"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="refusedusage", name="refused_usage_counted_in_one_row"
        ),
        migrations.AlterField(
            model_name="refusedusage",
            name="application",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="applications.application",
            ),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="credential",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="metering.apicredential",
            ),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.organisation",
            ),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="month",
            field=models.DateField(null=True, verbose_name="month"),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="tenant",
            field=models.CharField(
                blank=True, db_default="", max_length=120, verbose_name="tenant"
            ),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="first_at",
            field=models.DateTimeField(null=True, verbose_name="first at"),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="last_at",
            field=models.DateTimeField(null=True, verbose_name="last at"),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="looked_at",
            field=models.DateTimeField(null=True, verbose_name="looked at"),
        ),
        migrations.AddField(
            model_name="refusedusage",
            name="looked_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
