from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class BrokenRule(models.Model):
    """A rule of `billing.invariants` that did not hold, from when it was seen until it held again.

    Once it holds the row is never changed: breaking anew is another row.
    """

    code = models.CharField(_("code"), max_length=40)
    rule = models.CharField(_("rule"), max_length=200)  # the sentence, as it was then
    count = models.PositiveIntegerField(_("how many breaches"))
    examples = ArrayField(models.TextField(), verbose_name=_("examples"))
    first_seen_at = models.DateTimeField(_("first seen at"))
    last_seen_at = models.DateTimeField(_("last seen at"))
    gone_at = models.DateTimeField(_("gone at"), null=True, blank=True)

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("broken rule")
        verbose_name_plural = _("broken rules")
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(gone_at__isnull=True),
                name="broken_rule_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at"), count__gte=1),
                name="broken_rule_was_seen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.count}"
