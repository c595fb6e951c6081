from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0022_a_review_knows_the_total'),
    ]

    operations = [
        migrations.AlterField(
            model_name='creditproposalline',
            name='quantity',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='quantity'),
        ),
    ]
