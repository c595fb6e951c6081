from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0008_evidence_of_a_registration'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='transmission',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', True), ('sent_at__isnull', True)), fields=['created_at'], name='transmission_given_up'),
        ),
    ]
