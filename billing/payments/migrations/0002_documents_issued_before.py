"""Enters what was issued before there was a ledger, as billing.payments.posting would."""

from django.db import migrations

ENTRIES = """
    INSERT INTO payments_ledgerentry
        (seller_id, organisation_id, invoice_id, currency, entered_on, at)
    SELECT seller_id, organisation_id, id, currency, issued_on, issued_at
    FROM billing_invoice AS invoice
    WHERE issued_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM payments_ledgerentry WHERE invoice_id = invoice.id)
    ORDER BY issued_on, id
"""

# Amounts are stored in the direction of the document: a credit note's are turned.
POSTINGS = """
    WITH document AS (
        SELECT entry.id AS entry_id, invoice.id, invoice.gross,
            CASE invoice.kind WHEN 'credit_note' THEN -1 ELSE 1 END AS sign
        FROM payments_ledgerentry AS entry
        JOIN billing_invoice AS invoice ON invoice.id = entry.invoice_id
        WHERE NOT EXISTS (SELECT 1 FROM payments_posting WHERE entry_id = entry.id)
    ), posting AS (
        SELECT entry_id, 1 AS place, 'receivables' AS account, '' AS product_code,
            '' AS vat_category, NULL::numeric AS vat_rate, sign * gross AS amount
        FROM document
        UNION ALL
        SELECT entry_id, 2, 'revenue', product_code, vat_category, vat_rate, -sign * sum(net)
        FROM document JOIN billing_invoiceline AS line ON line.invoice_id = document.id
        GROUP BY entry_id, sign, product_code, vat_category, vat_rate
        UNION ALL
        SELECT entry_id, 3, 'vat_payable', '', category, rate, -sign * vat
        FROM document JOIN billing_invoicevat AS vat_row ON vat_row.invoice_id = document.id
    )
    INSERT INTO payments_posting
        (entry_id, account, product_code, vat_category, vat_rate, amount)
    SELECT entry_id, account, product_code, vat_category, vat_rate, amount
    FROM posting
    WHERE amount <> 0
    ORDER BY entry_id, place, product_code
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(POSTINGS, migrations.RunSQL.noop),
    ]
