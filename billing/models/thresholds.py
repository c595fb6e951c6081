from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReachedThreshold(models.Model):
    """So much of what is included in a month was used: told once, whatever comes or is voided."""

    organisation = models.ForeignKey(
        "customers.Organisation", models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        null=True,  # of a service that all tenants of the organisation share
        blank=True,
        related_name="+",
        verbose_name=_("tenant"),
    )
    product_code = models.CharField(_("product"), max_length=60)
    component = models.CharField(_("component"), max_length=40)
    month = models.DateField(_("month"))  # its first day
    percent = models.PositiveSmallIntegerField(_("per cent"))
    reached_at = models.DateTimeField(_("reached at"))

    class Meta:
        verbose_name = _("reached threshold")
        verbose_name_plural = _("reached thresholds")
        ordering = ["-reached_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "tenant", "product_code", "component", "month", "percent"],
                name="reached_threshold_once_a_month",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="reached_threshold_month_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=1), name="reached_threshold_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.product_code} {self.month:%Y-%m}: {self.percent} %"
