import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table is that of `customers.0006` and `0007`, with its rows."""

    initial = True

    dependencies = [
        ('customers', '0020_answers_move_to_the_doors'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='AnsweredRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=255, verbose_name='key')),
                        ('fingerprint', models.CharField(max_length=64)),
                        ('status', models.PositiveSmallIntegerField(verbose_name='status')),
                        ('content_type', models.CharField(max_length=100)),
                        ('headers', models.JSONField(default=dict)),
                        ('body', models.BinaryField()),
                        ('answered_at', models.DateTimeField(verbose_name='answered at')),
                        ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.organisationtoken')),
                    ],
                    options={
                        'verbose_name': 'answered request',
                        'verbose_name_plural': 'answered requests',
                        'db_table': 'customers_answeredrequest',
                        'indexes': [models.Index(fields=['answered_at'], name='answered_request_by_age')],
                        'constraints': [models.UniqueConstraint(fields=('token', 'key'), name='answered_request_once_per_key')],
                    },
                ),
            ],
        ),
    ]
