from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.querysets import InvoiceQuerySet

if TYPE_CHECKING:
    from decimal import Decimal

# What is written stays: a credit note corrects it.
NEVER_CHANGES = pgtrigger.Protect(
    name="issued_never_changes", operation=pgtrigger.Update | pgtrigger.Delete
)
# Lines and VAT rows come before their invoice, in its transaction; once it is there, none comes.
# Checked once a statement, for a run writes thousands in one; planned each time, because a plan
# made while there were few invoices, and kept, reads all of them for every line.
TAKES_NO_MORE = pgtrigger.Trigger(
    name="issued_takes_no_more",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
    declare=[("is_issued", "BOOLEAN")],
    func="""
        EXECUTE 'SELECT EXISTS (
            SELECT FROM billing_invoice WHERE id IN (SELECT invoice_id FROM new_rows)
        )' INTO is_issued;
        IF is_issued THEN
            RAISE EXCEPTION 'pgtrigger: an issued invoice never changes (%)', TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    """,
)


class Invoice(models.Model):
    """What one organisation owes, or is credited, in one currency for one month.

    What is `outside_scope` of VAT shares no document with anything else.

    Everything it says is a snapshot: seller, buyer, names and prices as they were when it was
    issued. There are no drafts: a row is a document that was issued, with its number, and a
    database trigger refuses any change; a credit note corrects it.

    Signs: what is stored counts in the direction of the document. On an invoice a positive line
    is owed and a negative one given back; on a credit note a positive line is given back and a
    negative one owed. So totals are never negative. `Invoice.sign` turns any of its amounts into
    "owed to the seller".
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")

    class Origin(models.TextChoices):
        RUN = "run", _("Monthly run")
        CORRECTION = "correction", _("Correction")  # a credit note that staff asked for
        REISSUE = "reissue", _("Reissue")  # stands in for an invoice that was cancelled

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.RUN)
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        db_index=False,
        verbose_name=_("corrects"),
    )
    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="invoices",
        db_index=False,
        verbose_name=_("organisation"),
    )
    seller = models.ForeignKey(
        "catalog.Seller",
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("seller"),
    )
    month = models.DateField(_("month"))  # its first day
    currency = models.CharField(_("currency"), max_length=3)
    outside_scope = models.BooleanField(_("outside the scope of VAT"), default=False)
    language = models.CharField(_("language"), max_length=5)
    seller_snapshot = models.JSONField(default=dict)
    buyer_snapshot = models.JSONField(default=dict)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    gross = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    number = models.CharField(_("number"), max_length=30)
    series_year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    issued_at = models.DateTimeField(_("issued at"))
    issued_on = models.DateField(_("invoice date"))
    due_on = models.DateField(_("due date"))

    objects: ClassVar = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        # Every index is written for each invoice: one that another begins with is left out, and
        # one for what nearly nobody has holds only those who have it.
        indexes = [
            models.Index(fields=["organisation", "-issued_on"], name="invoice_by_organisation"),
            models.Index(
                fields=["corrects"], condition=Q(corrects__isnull=False), name="invoice_corrects"
            ),
            # The run asks for them of everybody, and nearly nobody has any.
            models.Index(
                fields=["organisation"], condition=~Q(origin="run"), name="invoice_corrections"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "currency", "outside_scope", "month", "kind"],
                condition=Q(origin="run"),
                name="invoice_once_per_organisation_month",
            ),
            models.UniqueConstraint(
                fields=["corrects", "kind"],
                condition=Q(origin="reissue"),
                name="invoice_reissued_once",
            ),
            models.CheckConstraint(
                condition=Q(origin="run", corrects__isnull=True)
                | Q(origin="correction", kind="credit_note", corrects__isnull=False)
                | Q(origin="reissue", corrects__isnull=False),
                name="invoice_correction_names_its_original",
            ),
            models.UniqueConstraint(
                fields=["seller", "kind", "series_year", "sequence"],
                name="invoice_number_taken_once",
            ),
            models.UniqueConstraint(fields=["number"], name="invoice_number_unique"),
            models.CheckConstraint(condition=~Q(number=""), name="invoice_numbered"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("vat")), name="invoice_gross_is_net_plus_vat"
            ),
            # Both kinds carry positive totals: the kind says in which direction.
            models.CheckConstraint(condition=Q(gross__gte=0), name="invoice_gross_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="invoice_month_is_first_day"),
        ]
        triggers = [NEVER_CHANGES]

    def __str__(self) -> str:
        return self.number

    @property
    def sign(self) -> int:
        """1 when its amounts are owed, -1 when they are given back."""
        return sign_of(self.kind)

    @property
    def signed_net(self) -> Decimal:
        return self.sign * self.net

    @property
    def signed_vat(self) -> Decimal:
        return self.sign * self.vat

    @property
    def signed_gross(self) -> Decimal:
        return self.sign * self.gross

    @property
    def asks_for_payment(self) -> bool:
        return self.kind == Invoice.Kind.INVOICE and self.gross > 0


def sign_of(kind: str) -> int:
    """`Invoice.sign` of a document of that kind, for those who have no row in hand."""
    return -1 if kind == Invoice.Kind.CREDIT_NOTE else 1


class InvoiceLine(models.Model):
    """One explainable amount: so many of a component, for these days of this month."""

    class Kind(models.TextChoices):
        RECURRING = "recurring", _("Recurring")  # the first time a month is charged
        USAGE = "usage", _("Usage")  # the first time the use of a month is charged
        ADJUSTMENT = "adjustment", _("Adjustment")  # more of a month already charged
        CREDIT = "credit", _("Credit")  # less of a month already charged
        SETTLEMENT = "settlement", _("Settlement")  # of what was credited by hand before

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # The line it credits, or (in a reissue) stands in for.
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        db_index=False,
    )
    subscription = models.ForeignKey(  # none for a metered service, which nobody orders
        "subscriptions.Subscription",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    tenant = models.ForeignKey(
        "customers.Tenant", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    tenant_label = models.CharField(_("tenant"), max_length=150, blank=True)
    product_code = models.CharField(max_length=60)
    product_names = models.JSONField(default=dict)  # per language
    component = models.CharField(_("component"), max_length=40)
    component_names = models.JSONField(default=dict)  # per language
    period_from = models.DateField(_("from"))
    period_until = models.DateField(_("until"))  # half-open: the first day not charged
    month_days = models.PositiveSmallIntegerField(_("days in the month"))
    # Quantity and net count in the document's direction, see Invoice.
    quantity = models.BigIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=6)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat_category = models.CharField(_("VAT category"), max_length=2)
    vat_rate = models.DecimalField(_("VAT rate"), max_digits=5, decimal_places=2)
    # What a usage line follows from, as it was known when it was made (billing/usage.py).
    why = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["position"]
        indexes = [
            models.Index(
                fields=["subscription", "period_from"], name="invoice_line_by_subscription"
            ),
            models.Index(
                fields=["corrects"],
                condition=Q(corrects__isnull=False),
                name="invoice_line_corrects",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"], name="invoice_line_position_once"
            ),
            # However often and from however many workers a run is made: the first charge of a
            # day of a subscription exists once.
            models.UniqueConstraint(
                fields=["subscription", "component", "period_from"],
                condition=Q(kind="recurring", corrects__isnull=True),
                name="invoice_line_charged_once",
            ),
            models.CheckConstraint(
                condition=Q(period_until__gt=F("period_from")), name="invoice_line_has_days"
            ),
            models.CheckConstraint(
                condition=Q(subscription__isnull=False) | Q(why__isnull=False),
                name="invoice_line_subscribed_or_explained",
            ),
        ]
        triggers = [NEVER_CHANGES, TAKES_NO_MORE]

    def __str__(self) -> str:
        return f"{self.product_code} {self.period_from} – {self.period_until}"


class InvoiceVat(models.Model):
    """VAT of one category and rate: computed once on the sum of its lines (EN 16931)."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="vat_rows", db_index=False)
    category = models.CharField(_("VAT category"), max_length=2)
    rate = models.DecimalField(_("VAT rate"), max_digits=5, decimal_places=2)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    note_code = models.CharField(max_length=30, blank=True)  # which sentence the law asks for

    class Meta:
        verbose_name = _("VAT row")
        verbose_name_plural = _("VAT rows")
        ordering = ["-rate", "category"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "category", "rate"], name="invoice_vat_once_per_rate"
            )
        ]
        triggers = [NEVER_CHANGES, TAKES_NO_MORE]

    def __str__(self) -> str:
        return f"{self.category} {self.rate} %"
