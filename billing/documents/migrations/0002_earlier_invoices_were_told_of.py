from django.db import migrations

# Whoever reads the invoices that were issued before this had a letter then: their documents are
# made, and sent to nobody.
TAKE_UP = """
    INSERT INTO documents_rendering
        (invoice_id, status, cause, detail, attempts, next_attempt_at, rules, told_at)
    SELECT id, 'pending', '', '', 0, issued_at, '{}', issued_at
    FROM billing_invoice WHERE issued_at IS NOT NULL
    ON CONFLICT (invoice_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [migrations.RunSQL(TAKE_UP, migrations.RunSQL.noop)]
