from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0021_rules_that_are_broken'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='creditproposal',
            name='credit_proposal_says_why_and_how_much',
        ),
        migrations.AddField(
            model_name='itemreview',
            name='gross',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='total'),
        ),
        migrations.AddConstraint(
            model_name='creditproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('net__gt', 0), ('gross__gt', 0), _connector='OR'), ('gross', models.expressions.CombinedExpression(models.F('net'), '+', models.F('vat')))), name='credit_proposal_says_why_and_how_much'),
        ),
    ]
