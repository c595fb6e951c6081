from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice, InvoiceLine
from billing.querysets import CreditProposalQuerySet


class CreditProposal(models.Model):
    """A credit note as somebody asked for it: issued at once, or when a second person agrees.

    What was decided is never changed. Amounts are those of the credit note.
    """

    class Scope(models.TextChoices):
        WHOLE = "whole", _("All that is left")
        PART = "part", _("A part")
        LINES = "lines", _("By line")
        REISSUE = "reissue", _("Cancel and reissue")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        ISSUED = "issued", _("Issued")
        REJECTED = "rejected", _("Rejected")

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="credit_proposals", verbose_name=_("invoice")
    )
    scope = models.CharField(_("scope"), max_length=7, choices=Scope)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    reason = models.TextField(_("why"))
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2)
    gross = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    requested_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    needs_second = models.BooleanField(_("needs a second person"))
    decided_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.TextField(_("why decided so"), blank=True)
    credit_note = models.OneToOneField(
        Invoice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_proposal",
        verbose_name=_("credit note"),
    )

    objects: ClassVar = CreditProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit proposal")
        verbose_name_plural = _("credit proposals")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(status="waiting"),
                name="credit_proposal_one_waits_per_invoice",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="credit_proposal_four_eyes",
            ),
            # Nobody decides what was issued at once.
            models.CheckConstraint(
                condition=Q(
                    status="waiting",
                    needs_second=True,
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                    credit_note__isnull=True,
                )
                | Q(status="issued", decided_at__isnull=False, credit_note__isnull=False)
                & (
                    Q(needs_second=True, decided_by__isnull=False)
                    | Q(needs_second=False, decided_by__isnull=True)
                )
                | Q(
                    status="rejected",
                    needs_second=True,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    credit_note__isnull=True,
                )
                & ~Q(decision_reason=""),
                name="credit_proposal_decided_as_it_says",
            ),
            models.CheckConstraint(
                condition=~Q(reason="")
                & (Q(net__gt=0) | Q(gross__gt=0))
                & Q(gross=F("net") + F("vat")),
                name="credit_proposal_says_why_and_how_much",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.net} {self.get_status_display()}"


class CreditProposalLine(models.Model):
    """So much of a line; without a quantity it is only an amount."""

    proposal = models.ForeignKey(CreditProposal, models.CASCADE, related_name="lines")
    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField(_("quantity"), null=True, blank=True)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("line of a credit proposal")
        verbose_name_plural = _("lines of credit proposals")
        ordering = ["line__position"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "line"], name="credit_proposal_line_once")
        ]
        triggers = [
            pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.net}"
