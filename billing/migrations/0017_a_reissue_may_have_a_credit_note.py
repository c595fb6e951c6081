from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('billing', '0016_what_is_gone_has_no_documents')]

    operations = [
        migrations.RemoveConstraint(model_name='invoice', name='invoice_reissued_once'),
        migrations.RemoveConstraint(
            model_name='invoice', name='invoice_correction_names_its_original'
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(
                condition=models.Q(('origin', 'reissue')),
                fields=('corrects', 'kind'),
                name='invoice_reissued_once',
            ),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(('corrects__isnull', True), ('origin', 'run')),
                    models.Q(('corrects__isnull', False), ('kind', 'credit_note'), ('origin', 'correction')),
                    models.Q(('corrects__isnull', False), ('origin', 'reissue')),
                    _connector='OR',
                ),
                name='invoice_correction_names_its_original',
            ),
        ),
    ]
