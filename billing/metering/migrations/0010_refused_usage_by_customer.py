from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("metering", "0009_when_usage_was_refused")]

    operations = [
        migrations.AlterField(
            model_name="refusedusage",
            name="first_at",
            field=models.DateTimeField(verbose_name="first at"),
        ),
        migrations.AlterField(
            model_name="refusedusage",
            name="last_at",
            field=models.DateTimeField(verbose_name="last at"),
        ),
        migrations.AddIndex(
            model_name="refusedusage",
            index=models.Index(
                condition=Q(("organisation__isnull", False)),
                fields=["organisation", "month"],
                name="refused_usage_of_customers",
            ),
        ),
        migrations.AddIndex(
            model_name="refusedusage",
            index=models.Index(
                condition=Q(("application__isnull", True), ("looked_at__isnull", True)),
                fields=["day"],
                name="refused_usage_to_look_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="refusedusage",
            constraint=models.UniqueConstraint(
                fields=("day", "code", "credential", "application", "organisation", "month"),
                name="refused_usage_counted_in_one_row",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="refusedusage",
            constraint=models.CheckConstraint(
                condition=Q(
                    ("credential__isnull", False),
                    ("application__isnull", False),
                    _connector="OR",
                ),
                name="refused_usage_sent_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="refusedusage",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(("month__isnull", True), ("organisation__isnull", True)),
                    Q(("month__day", 1), ("organisation__isnull", False)),
                    _connector="OR",
                ),
                name="refused_usage_of_a_customers_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="refusedusage",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(("looked_at__isnull", True), ("looked_by__isnull", True)),
                    Q(
                        ("application__isnull", True),
                        ("looked_at__isnull", False),
                        ("looked_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="refused_usage_looked_at_by_somebody",
            ),
        ),
    ]
