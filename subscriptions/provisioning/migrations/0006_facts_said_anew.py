from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0009_tokens_write_applications'),
        ('provisioning', '0005_differences_that_were_told'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='fact',
            name='fact_waits_until_it_is_delivered',
        ),
        migrations.AddField(
            model_name='fact',
            name='replaced_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='said anew at'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.CheckConstraint(condition=models.Q(('is_waiting', True), ('delivered_at__isnull', False), ('replaced_at__isnull', False), _connector='OR'), name='fact_waits_until_it_is_delivered'),
        ),
    ]
