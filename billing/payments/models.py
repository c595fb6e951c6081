"""The ledger: double entry, never changed. What is wrong is corrected by another document."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.payments.querysets import LedgerEntryQuerySet

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class LedgerEntry(models.Model):
    """One issued document in the books of its seller, on the day of its date.

    `at` is when it was entered: with the document, in the same transaction.
    """

    seller = models.ForeignKey("catalog.Seller", models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey("customers.Organisation", models.PROTECT, related_name="+")
    invoice = models.OneToOneField("billing.Invoice", models.PROTECT, related_name="entry")
    currency = models.CharField(_("currency"), max_length=3)
    entered_on = models.DateField(_("date"))
    at = models.DateTimeField(_("entered at"))

    objects: ClassVar = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [models.Index(fields=["seller", "entered_on"], name="ledger_entry_by_day")]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.entered_on} {self.invoice_id}"


class Posting(models.Model):
    """An amount on one account: a debit when positive, a credit when negative.

    All postings of an entry are written in one statement, and the database refuses a statement
    in which those of an entry do not sum to zero.
    """

    class Account(models.TextChoices):
        RECEIVABLES = "receivables", _("Receivables")
        REVENUE = "revenue", _("Revenue")
        VAT_PAYABLE = "vat_payable", _("VAT payable")

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="postings")
    account = models.CharField(_("account"), max_length=12, choices=Account)
    product_code = models.CharField(_("product"), max_length=60, blank=True)
    vat_category = models.CharField(_("VAT category"), max_length=2, blank=True)
    vat_rate = models.DecimalField(
        _("VAT rate"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(account="receivables", product_code="", vat_rate__isnull=True)
                | Q(account="revenue", vat_rate__isnull=False) & ~Q(product_code="")
                | Q(account="vat_payable", product_code="", vat_rate__isnull=False),
                name="posting_account_has_its_dimensions",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="posting_is_not_nothing"),
        ]
        triggers = [
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="entry_balances",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
                func="""
                    IF EXISTS (
                        SELECT 1 FROM new_rows GROUP BY entry_id HAVING sum(amount) <> 0
                    ) THEN
                        RAISE EXCEPTION 'pgtrigger: an entry does not balance (%)', TG_TABLE_NAME;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
