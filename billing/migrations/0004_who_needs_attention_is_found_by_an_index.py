from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_what_comes_is_checked_once_a_statement'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='runitem',
            index=models.Index(condition=models.Q(('outcome__in', ['held', 'failed'])), fields=['organisation'], name='run_item_needs_attention'),
        ),
    ]
