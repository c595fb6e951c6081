from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0011_superusers_manage_the_staff'),
    ]

    operations = [
        migrations.AddField(
            model_name='outgoingmail',
            name='carries_secret',
            field=models.BooleanField(default=False, verbose_name='carries a secret'),
        ),
    ]
