import pgtrigger
from django.db import migrations


def mark(apps, schema_editor):
    """What was issued says it as well, although it never changes; what mixes stays as it is."""
    invoices = apps.get_model("billing", "Invoice").objects
    rows = apps.get_model("billing", "InvoiceVat").objects
    others = rows.exclude(category="O").values("invoice")
    outside = rows.filter(category="O").exclude(invoice__in=others).values("invoice")
    with pgtrigger.ignore("billing.Invoice:issued_never_changes"):
        invoices.filter(pk__in=outside).update(outside_scope=True)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0014_outside_scope_has_documents_of_its_own'),
    ]

    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
