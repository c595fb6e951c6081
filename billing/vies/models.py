"""What the register was asked about buyers' VAT numbers, and what it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.vies import rules
from billing.vies.querysets import ConsultationQuerySet

if TYPE_CHECKING:
    import datetime as dt


class Consultation(models.Model):
    """VIES was asked once about a number, and what came of it. Never changed.

    The number is as the organisation had it. `silences` counts how often on end that member
    state had not answered, this time included; `trouble` says why not, in the register's word.
    """

    class Outcome(models.TextChoices):
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Not valid")
        SILENT = "silent", _("No answer")

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="+",
        db_index=False,  # the index below begins with it
        verbose_name=_("organisation"),
    )
    country = models.CharField(_("country"), max_length=2)
    vat_number = models.CharField(_("VAT number"), max_length=20)
    requester = models.CharField(_("asked by"), max_length=20)  # the seller's own VAT number
    asked_at = models.DateTimeField(_("asked at"))
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome)
    # Under which the register can be asked for its answer again; with name and address, where
    # the member state tells them, it is the evidence.
    consultation_number = models.CharField(_("consultation number"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    trouble = models.CharField(_("trouble"), max_length=100, blank=True)
    silences = models.PositiveIntegerField(_("silences on end"), default=0)

    objects: ClassVar = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("VIES consultation")
        verbose_name_plural = _("VIES consultations")
        indexes = [
            models.Index(fields=["organisation", "-id"], name="consultation_by_organisation"),
            models.Index(fields=["country", "-id"], name="consultation_by_country"),
            models.Index(
                fields=["asked_at"], condition=Q(outcome="silent"), name="consultation_silent"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["valid", "invalid"], trouble="", silences=0)
                | Q(outcome="silent", silences__gte=1, consultation_number="", name="", address="")
                & ~Q(trouble=""),
                name="consultation_answers_or_has_its_trouble",
            ),
            models.CheckConstraint(
                condition=~Q(vat_number="") & ~Q(country=""), name="consultation_is_about_a_number"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.vat_number} {self.outcome}"

    @property
    def is_answer(self) -> bool:
        return self.outcome != self.Outcome.SILENT

    @property
    def is_valid(self) -> bool:
        return self.outcome == self.Outcome.VALID

    @property
    def retry_at(self) -> dt.datetime:
        """When the member state is asked again, of one that was silent."""
        return rules.retry_at(self.asked_at, self.silences)

    def is_silent_at(self, at: dt.datetime) -> bool:
        """Whether it is the silence for which its member state is still left alone, if it is the
        last question to it.
        """
        return not self.is_answer and self.retry_at > at

    @property
    def counts_until(self) -> dt.datetime:
        """How long a yes counts for invoices."""
        return self.asked_at + rules.COUNTS_FOR


class Wish(models.Model):
    """Somebody of the staff wants a customer's number asked again, whatever was answered before."""

    organisation = models.ForeignKey(
        "customers.Organisation", models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    wished_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("wished by")
    )
    wished_at = models.DateTimeField(_("wished at"))

    class Meta:
        verbose_name = _("wish to ask VIES again")
        verbose_name_plural = _("wishes to ask VIES again")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.wished_at:%Y-%m-%d %H:%M}"
