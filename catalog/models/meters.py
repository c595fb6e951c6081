from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.words import in_language


class Meter(models.Model):
    """What is counted, and how events about it are treated until staff decide otherwise.

    The three policies are where a meter starts; the metering's own rows overrule them.
    """

    class Unit(models.TextChoices):
        CALLS = "calls", _("Calls")
        RECORDS = "records", _("Records")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    texts = models.JSONField(_("texts"), default=dict)  # language -> {name}
    accepts_late = models.BooleanField(_("accepts events of an invoiced month"), default=True)
    max_age_days = models.PositiveSmallIntegerField(_("maximum age in days"))
    detail_months = models.PositiveSmallIntegerField(_("months that detail is kept"))

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__in=["calls", "records"]), name="meter_unit_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str) -> str:
        return str(in_language(self.texts, language).get("name", self.code))
