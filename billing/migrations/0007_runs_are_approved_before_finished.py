from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0006_earlier_runs_were_approved'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='billingrun',
            constraint=models.CheckConstraint(condition=models.Q(('finished_at__isnull', True), ('approved_at__isnull', False), _connector='OR'), name='billing_run_approved_before_finished'),
        ),
    ]
