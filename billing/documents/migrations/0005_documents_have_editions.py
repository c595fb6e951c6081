from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('documents', '0004_who_entered_an_exchange_rate')]

    operations = [
        migrations.AddField(
            model_name='rendering',
            name='edition',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='edition'),
        ),
    ]
