from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.querysets import BillingRunQuerySet, RunItemQuerySet


class BillingRun(models.Model):
    """The invoicing of one seller's month: the list of who is to be billed and how it went.

    How far it is follows from its times: opened (`started_at`), approved, finished, closed.
    Before it is approved nothing is worked on; after it is closed nothing is tried again.
    """

    seller = models.ForeignKey(
        "catalog.Seller", models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    month = models.DateField(_("month"))  # its first day
    started_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    started_at = models.DateTimeField(_("started at"))
    # By nobody when the seller's policy lets runs go by themselves.
    approved_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects: ClassVar = BillingRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("billing run")
        verbose_name_plural = _("billing runs")
        ordering = ["-month", "seller"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "month"], name="billing_run_once_per_seller_month"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="billing_run_month_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(approved_at__isnull=False),
                name="billing_run_approved_before_finished",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False, finished_at__isnull=False),
                name="billing_run_closed_when_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.month:%Y-%m}"


class RunItem(models.Model):
    """One organisation in a run. PENDING until exactly one worker has dealt with it."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("Waiting")
        INVOICED = "invoiced", _("Invoiced")
        NOTHING_DUE = "nothing_due", _("Nothing due")
        HELD = "held", _("Held for review")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(BillingRun, models.CASCADE, related_name="items", db_index=False)
    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=Outcome, default=Outcome.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    cause = models.CharField(_("cause"), max_length=60, blank=True)  # a code, for people's words
    detail = models.TextField(_("detail"), blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    # Who last let it wait again after it was held or had failed.
    retried_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("retried by"),
    )
    retried_at = models.DateTimeField(_("retried at"), null=True, blank=True)
    # Why it may stay held or failed when its run is closed.
    explanation = models.TextField(_("explanation"), blank=True)
    explained_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("explained by"),
    )
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)

    objects: ClassVar = RunItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("run item")
        verbose_name_plural = _("run items")
        indexes = [
            models.Index(
                fields=["run", "organisation"],
                condition=Q(outcome="pending"),
                name="run_item_waiting",
            ),
            models.Index(
                fields=["organisation"],
                condition=Q(outcome__in=["held", "failed"]),
                name="run_item_needs_attention",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "organisation"], name="run_item_once_per_organisation"
            ),
            models.CheckConstraint(
                condition=Q(outcome="pending", done_at__isnull=True)
                | ~Q(outcome="pending") & Q(done_at__isnull=False),
                name="run_item_done_at_when_done",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["held", "failed"]) | ~Q(cause=""),
                name="run_item_names_its_cause",
            ),
            models.CheckConstraint(
                condition=Q(explanation="", explained_by__isnull=True, explained_at__isnull=True)
                | ~Q(explanation="") & Q(explained_by__isnull=False, explained_at__isnull=False),
                name="run_item_explained_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.organisation_id}: {self.outcome}"
