from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.bounds import (
    FLOORS,
    MOST_AT_FIRST,
    MOST_GIVEN_BACK,
    MOST_LINES,
    TIMES_LAST_MONTH,
    Bounds,
)
from billing.querysets import BillingPolicyQuerySet
from catalog.money import Currency

if TYPE_CHECKING:
    from catalog.models import Seller


class BillingPolicy(models.Model):
    """How a seller's runs go, from `set_at` on. The newest row counts; the others are history."""

    seller = models.ForeignKey(
        "catalog.Seller", models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    needs_approval = models.BooleanField(_("runs wait for approval"), default=False)
    times_last_month = models.PositiveSmallIntegerField(
        _("held above so many times last month"),
        default=TIMES_LAST_MONTH,
        validators=[MinValueValidator(1)],
    )
    floor = models.DecimalField(
        _("amount up to which last month does not matter"),
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(0)],
    )
    most_at_first = models.DecimalField(
        _("held above the amount when nothing was invoiced last month"),
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(0)],
    )
    most_given_back = models.DecimalField(
        _("held when so much more is given back than charged"),
        max_digits=14,
        decimal_places=2,
        default=MOST_GIVEN_BACK,
        validators=[MinValueValidator(0)],
    )
    most_lines = models.PositiveIntegerField(
        _("held above so many lines"), default=MOST_LINES, validators=[MinValueValidator(1)]
    )
    reason = models.TextField(_("reason"))
    set_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"))

    objects: ClassVar = BillingPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("billing policy")
        verbose_name_plural = _("billing policies")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    times_last_month__gte=1,
                    floor__gte=0,
                    most_at_first__gte=0,
                    most_given_back__gte=0,
                    most_lines__gte=1,
                ),
                name="billing_policy_bounds_are_possible",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.set_at:%Y-%m-%d}"

    @classmethod
    def default_of(cls, seller: Seller) -> BillingPolicy:
        """What counts until somebody sets another; not saved."""
        currency = Currency(seller.currency)
        return cls(seller=seller, floor=FLOORS[currency], most_at_first=MOST_AT_FIRST[currency])

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            times_last_month=self.times_last_month,
            floor=self.floor,
            most_at_first=self.most_at_first,
            most_given_back=self.most_given_back,
            most_lines=self.most_lines,
        )
