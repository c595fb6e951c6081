"""The documents of issued invoices: how far each has come, and its bytes."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.documents import editions
from billing.documents.querysets import (
    DocumentQuerySet,
    ExchangeRateQuerySet,
    RenderingQuerySet,
    TransmissionQuerySet,
)


class ExchangeRate(models.Model):
    """What one unit of a currency was worth, for the VAT that a seller states in its own.

    Entered once a day it is needed for, by staff, with its source; never changed afterwards.
    """

    currency = models.CharField(_("currency"), max_length=3)
    in_currency = models.CharField(_("in currency"), max_length=3)
    on = models.DateField(_("day"))
    rate = models.DecimalField(_("rate"), max_digits=14, decimal_places=6)
    source = models.CharField(_("source"), max_length=100)  # "Norges Bank"
    # Not known of those that were entered in the administration.
    entered_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered at"), null=True)

    objects: ClassVar = ExchangeRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "in_currency", "on"], name="exchange_rate_once_a_day"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.currency}/{self.in_currency} {self.rate}"


class AccountingVat(models.Model):
    """VAT of one row of a document, as its seller states it in its own currency too (BT-111).

    Of a credit note it is the part that goes back of `original`, at that one's rate; what it
    charges has no original, and the rate of its day, as all of an invoice has. Written when
    the documents are first made; they, the journal and later credits read it. Never changes.
    """

    invoice = models.ForeignKey("billing.Invoice", models.PROTECT, related_name="accounting_vat")
    original = models.ForeignKey(
        "billing.Invoice", models.PROTECT, null=True, related_name="accounting_vat_credited"
    )
    vat_category = models.CharField(_("VAT category"), max_length=2)
    vat_rate = models.DecimalField(_("VAT rate"), max_digits=5, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    exchange_rate = models.ForeignKey(ExchangeRate, models.PROTECT, related_name="+")
    # In the currency of the rate; like `vat` in the direction of the document.
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("VAT in the seller's currency")
        verbose_name_plural = _("VAT in the seller's currency")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "original", "vat_category", "vat_rate"],
                nulls_distinct=False,
                name="accounting_vat_once",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.vat_category} {self.vat_rate} % {self.amount}"


class Rendering(models.Model):
    """How far the documents of one issued invoice have come: PDF, UBL and CII, together.

    `cause` is a code: the rule that an electronic invoice breaks (HELD), or what went wrong
    (FAILED). What waits has an instant at which it is tried next; what is held waits for a person.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Held by a rule")

    invoice = models.OneToOneField(
        "billing.Invoice", models.PROTECT, related_name="rendering", verbose_name=_("invoice")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    cause = models.CharField(_("cause"), max_length=100, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    validated_at = models.DateTimeField(_("validated at"), null=True, blank=True)
    rules = models.JSONField(_("rules"), default=dict)  # which versions judged it
    # In which they were made, once they are.
    edition = models.PositiveSmallIntegerField(_("edition"), default=editions.FIRST)
    # The one at which its VAT is stated in the seller's currency, where it is one.
    exchange_rate = models.ForeignKey(
        ExchangeRate, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # When the invoice's readers were written to; before it had documents of its own, perhaps.
    # Empty while it is ready: there was nobody to write to.
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)
    retried_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("retried by"),
    )
    retried_at = models.DateTimeField(_("retried at"), null=True, blank=True)

    objects: ClassVar = RenderingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rendering")
        verbose_name_plural = _("renderings")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="rendering_waiting",
            ),
            models.Index(
                fields=["status"],
                condition=Q(status__in=["held", "failed"]),
                name="rendering_needs_attention",
            ),
            models.Index(
                fields=["invoice"],
                condition=Q(status="ready", told_at__isnull=True),
                name="rendering_untold",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending", next_attempt_at__isnull=False)
                | Q(status__in=["ready", "held"], next_attempt_at__isnull=True)
                | Q(status="failed"),
                name="rendering_waits_until_it_is_done",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "failed"]) | ~Q(cause=""),
                name="rendering_names_its_cause",
            ),
            models.CheckConstraint(
                condition=~Q(status="ready") | Q(validated_at__isnull=False),
                name="rendering_ready_is_validated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.status}"


class Document(models.Model):
    """One file of an invoice, as it was sent. Never changed: a database trigger refuses it."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        UBL = "ubl", _("UBL (Peppol)")
        CII = "cii", _("CII (Factur-X)")

    rendering = models.ForeignKey(Rendering, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=3, choices=Kind)
    language = models.CharField(_("language"), max_length=5)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)  # of the content, in hexadecimal
    made_at = models.DateTimeField(_("made at"))

    objects: ClassVar = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["rendering", "kind", "language"], name="document_once_per_kind"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.rendering_id} {self.kind} {self.language}"

    @property
    def content_type(self) -> str:
        return "application/pdf" if self.kind == self.Kind.PDF else "application/xml"


class VatEvidence(models.Model):
    """That a buyer's number was looked at, how and when: why no VAT was charged (art. 196, 44).

    FORM says that structure and check digits of the VAT number are right; VIES is the register's
    own answer, with the number under which it can be asked for again. REGISTRATION says of the
    trade register's number, outside the union, what is known of its form.
    """

    class Method(models.TextChoices):
        FORM = "form", _("Structure and check digits")
        VIES = "vies", "VIES"
        REGISTRATION = "reg", _("Registration number, by its form")

    invoice = models.ForeignKey(
        "billing.Invoice", models.PROTECT, related_name="+", verbose_name=_("invoice")
    )
    number = models.CharField(_("number"), max_length=30)
    country = models.CharField(_("country"), max_length=2)
    method = models.CharField(_("method"), max_length=4, choices=Method)
    valid = models.BooleanField(_("valid"))
    checked_at = models.DateTimeField(_("checked at"))
    consultation_number = models.CharField(_("consultation number"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("VAT evidence")
        verbose_name_plural = _("VAT evidence")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "method"], name="vat_evidence_once_per_method"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.method} {self.valid}"


LONGEST_RECEIPT = 200


class Transmission(models.Model):
    """An electronic invoice on its way over Peppol: a row until the access point has it."""

    document = models.OneToOneField(
        Document, models.PROTECT, related_name="transmission", verbose_name=_("document")
    )
    sender = models.CharField(_("sender"), max_length=60)  # "0106:12345678"
    receiver = models.CharField(_("receiver"), max_length=60)
    created_at = models.DateTimeField(_("created at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    receipt = models.CharField(_("receipt"), max_length=LONGEST_RECEIPT, blank=True)

    objects: ClassVar = TransmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transmission")
        verbose_name_plural = _("transmissions")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="transmission_waiting",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(sent_at__isnull=True, next_attempt_at__isnull=True),
                name="transmission_given_up",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(sent_at__isnull=False, next_attempt_at__isnull=True) & ~Q(receipt=""),
                name="transmission_sent_has_its_receipt",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender} → {self.receiver}"
