from __future__ import annotations

from functools import reduce
from operator import or_
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.policies import RANGES
from customers.querysets import PolicyChangeQuerySet


class PolicyChange(models.Model):
    """What a policy is from `set_at` on. The newest row of it counts, the others are history."""

    policy = models.CharField(_("policy"), max_length=30)
    value = models.PositiveIntegerField(_("value"))  # in the unit of `customers.policies.RANGES`
    reason = models.CharField(_("reason"), max_length=300)
    set_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"))

    objects: ClassVar = PolicyChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a policy")
        verbose_name_plural = _("changes of policies")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["policy", "id"], name="policy_change_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=reduce(
                    or_,
                    (
                        Q(policy=policy.value, value__range=(each.lowest, each.highest))
                        for policy, each in RANGES.items()
                    ),
                ),
                name="policy_change_is_within_bounds",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.value}"
