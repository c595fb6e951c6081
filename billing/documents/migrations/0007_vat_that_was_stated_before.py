from django.db import migrations

# What documents that are there state: the whole VAT at the rate of their day, a credit note too.
# Of several rows the first has what rounding each leaves over.
STATED = """
    INSERT INTO documents_accountingvat
        (invoice_id, original_id, vat_category, vat_rate, vat, exchange_rate_id, amount)
    SELECT invoice_id, original_id, category, vat_rate, vat, exchange_rate_id,
        CASE WHEN place = 1 THEN stated - (all_rows - converted) ELSE converted END
    FROM (
        SELECT
            invoice.id AS invoice_id,
            CASE invoice.kind WHEN 'credit_note' THEN invoice.corrects_id END AS original_id,
            vat_row.category,
            vat_row.rate AS vat_rate,
            vat_row.vat,
            exchange.id AS exchange_rate_id,
            round(invoice.vat * exchange.rate, 2) AS stated,
            round(vat_row.vat * exchange.rate, 2) AS converted,
            sum(round(vat_row.vat * exchange.rate, 2)) OVER (PARTITION BY invoice.id) AS all_rows,
            row_number() OVER (PARTITION BY invoice.id ORDER BY vat_row.id) AS place
        FROM documents_rendering AS rendering
        JOIN documents_exchangerate AS exchange ON exchange.id = rendering.exchange_rate_id
        JOIN billing_invoice AS invoice ON invoice.id = rendering.invoice_id
        JOIN billing_invoicevat AS vat_row ON vat_row.invoice_id = invoice.id AND vat_row.vat <> 0
        WHERE rendering.status = 'ready'
    ) AS of_row
    ON CONFLICT (invoice_id, original_id, vat_category, vat_rate) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0006_vat_in_the_sellers_currency")]

    operations = [migrations.RunSQL(STATED, migrations.RunSQL.noop)]
