from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.querysets import BillingHoldQuerySet


class BillingHold(models.Model):
    """Staff keep a customer out of the runs: of one month, or of all until released.

    The reason is the vendor's own; the customer's history only says that invoices wait.
    """

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    # Its first day; empty: every month until released.
    month = models.DateField(_("month"), null=True, blank=True)
    reason = models.TextField(_("reason"))
    placed_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed at"))
    released_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    objects: ClassVar = BillingHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("billing hold")
        verbose_name_plural = _("billing holds")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "month"],
                condition=Q(released_at__isnull=True),
                nulls_distinct=False,
                name="billing_hold_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(month__isnull=True) | Q(month__day=1),
                name="billing_hold_month_is_first_day",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="billing_hold_released_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month or ''}".strip()


class ItemReview(models.Model):
    """Somebody looked at what broke a safety bound, and says that it may be issued.

    So may what is no further over the bound than what was seen, and nothing else.
    """

    item = models.ForeignKey("billing.RunItem", models.CASCADE, related_name="reviews")
    cause = models.CharField(_("cause"), max_length=60)  # the bound, a HoldCause
    # What was seen (`billing.bounds.Seen`); reviews of before that was kept cover nothing.
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2, null=True, blank=True)
    gross = models.DecimalField(_("total"), max_digits=14, decimal_places=2, null=True, blank=True)
    lines = models.PositiveIntegerField(_("lines"), null=True, blank=True)
    reason = models.TextField(_("reason"))
    reviewed_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"))

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(currency="", net__isnull=True, lines__isnull=True)
                | ~Q(currency="") & Q(net__isnull=False, lines__isnull=False),
                name="item_review_says_what_was_seen",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.cause}"
