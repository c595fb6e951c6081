from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('provisioning', '0004_attempts_by_age'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE provisioning_difference SET kind = 'missing' WHERE kind = 'never_told'",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='difference',
            name='kind',
            field=models.CharField(choices=[('missing', 'The platform was told, and does not have it'), ('surplus', 'The platform has what the tenant should not have'), ('other', 'The platform has it otherwise'), ('unknown_tenant', 'The platform does not know the tenant'), ('state', 'The platform reports another state of the tenant')], max_length=20, verbose_name='what is different'),
        ),
    ]
