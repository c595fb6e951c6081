import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("payments", "0001_initial"),
        ("payments", "0002_documents_issued_before"),
        ("payments", "0003_indexes_that_earn_their_keep"),
    ]

    initial = True

    dependencies = [
        ("billing", "0001_first_release"),
        ("catalog", "0001_first_release"),
        ("customers", "0001_first_release"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.seller",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.organisation",
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entry",
                        to="billing.invoice",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("entered_on", models.DateField(verbose_name="date")),
                ("at", models.DateTimeField(verbose_name="entered at")),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger entries",
                "indexes": [
                    models.Index(fields=["seller", "entered_on"], name="ledger_entry_by_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="payments.ledgerentry",
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        choices=[
                            ("receivables", "Receivables"),
                            ("revenue", "Revenue"),
                            ("vat_payable", "VAT payable"),
                        ],
                        max_length=12,
                        verbose_name="account",
                    ),
                ),
                (
                    "product_code",
                    models.CharField(blank=True, max_length=60, verbose_name="product"),
                ),
                (
                    "vat_category",
                    models.CharField(blank=True, max_length=2, verbose_name="VAT category"),
                ),
                (
                    "vat_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="VAT rate",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount"),
                ),
            ],
            options={
                "verbose_name": "posting",
                "verbose_name_plural": "postings",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("account", "receivables"),
                                ("product_code", ""),
                                ("vat_rate__isnull", True),
                            ),
                            models.Q(
                                ("account", "revenue"),
                                ("vat_rate__isnull", False),
                                models.Q(("product_code", ""), _negated=True),
                            ),
                            models.Q(
                                ("account", "vat_payable"),
                                ("product_code", ""),
                                ("vat_rate__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="posting_account_has_its_dimensions",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True),
                        name="posting_is_not_nothing",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b35bce51a09fa020d0f2128966453cb3e28b4195",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_94ee6",
                    table="payments_ledgerentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="posting",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5e9511c1ae0c4be83de5c51416a4b7acbdbc9018",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6ff2e",
                    table="payments_posting",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="posting",
            trigger=pgtrigger.compiler.Trigger(
                name="entry_balances",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF EXISTS (\n                        SELECT 1 FROM new_rows GROUP BY entry_id HAVING sum(amount) <> 0\n                    ) THEN\n                        RAISE EXCEPTION 'pgtrigger: an entry does not balance (%)', TG_TABLE_NAME;\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="2f6caeae8869618af37f8d99232d3ce221687fb1",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_entry_balances_07b61",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="payments_posting",
                    when="AFTER",
                ),
            ),
        ),
    ]
