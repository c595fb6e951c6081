from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0004_development_tenants"),
        ("metering", "0003_when_totals_changed"),
    ]

    operations = [
        migrations.AddField(
            model_name="usageevent",
            name="authorisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="applications.authorisation",
            ),
        ),
        migrations.AlterField(
            model_name="usageevent",
            name="credential",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="metering.apicredential",
            ),
        ),
        migrations.AddConstraint(
            model_name="usageevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authorisation__isnull", True), ("credential__isnull", False)),
                    models.Q(
                        ("authorisation__isnull", False),
                        ("credential__isnull", True),
                        models.Q(("application", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="usage_event_reported_by_one",
            ),
        ),
    ]
