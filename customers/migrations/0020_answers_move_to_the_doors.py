from django.db import migrations


class Migration(migrations.Migration):
    """The table stays where it is, with its rows: `portal.answered` goes on with it."""

    dependencies = [
        ('customers', '0019_whether_somebody_works'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='AnsweredRequest')],
        ),
    ]
