from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice


class NumberSeries(models.Model):
    """The last number given out per seller, kind and year. Its row lock makes it gapless."""

    seller = models.ForeignKey("catalog.Seller", models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Invoice.Kind)
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "kind", "year"], name="number_series_once_per_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.kind} {self.year}: {self.last}"
