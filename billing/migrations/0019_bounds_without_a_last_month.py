from decimal import Decimal

import django.core.validators
from django.db import migrations, models

AMOUNT = {
    'decimal_places': 2,
    'max_digits': 14,
    'validators': [django.core.validators.MinValueValidator(0)],
}


class Migration(migrations.Migration):

    dependencies = [('billing', '0018_a_review_is_of_what_was_seen')]

    operations = [
        migrations.AddField(
            model_name='billingpolicy',
            name='most_at_first',
            field=models.DecimalField(
                default=Decimal(25_000),
                verbose_name='held above the amount when nothing was invoiced last month',
                **AMOUNT,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='billingpolicy',
            name='most_given_back',
            field=models.DecimalField(
                default=Decimal(0),
                verbose_name='held when so much more is given back than charged',
                **AMOUNT,
            ),
        ),
        migrations.RemoveConstraint(
            model_name='billingpolicy', name='billing_policy_bounds_are_possible'
        ),
        migrations.AddConstraint(
            model_name='billingpolicy',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ('floor__gte', 0),
                    ('most_at_first__gte', 0),
                    ('most_given_back__gte', 0),
                    ('most_lines__gte', 1),
                    ('times_last_month__gte', 1),
                ),
                name='billing_policy_bounds_are_possible',
            ),
        ),
    ]
