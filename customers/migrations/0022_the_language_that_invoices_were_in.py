from django.db import migrations

# As `billing.documents.words.language_of` read the organisation's language until now.
CODES = {"nl": ("nl",), "no": ("no", "nb", "nn"), "sv": ("sv",), "da": ("da",), "de": ("de",)}


def carry_over(apps, schema_editor):
    """Nobody's next invoice is in another language than the last one."""
    organisations = apps.get_model("customers", "Organisation").objects
    for language, codes in CODES.items():
        for code in codes:
            organisations.filter(language__iregex=rf"^{code}(-|$)").update(
                invoice_language=language
            )


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0021_invoices_have_a_language"),
    ]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
