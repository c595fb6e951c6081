from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.querysets import MonthPreviewQuerySet, PreviewRowQuerySet


class MonthPreview(models.Model):
    """What a seller's run of a month would make, as it was found from `asked_at` on.

    A worker fills it a chunk at a time, in the order of the organisations' keys: `reached` is
    the last one that it has. There is one per month; asking again starts it anew.
    """

    seller = models.ForeignKey(
        "catalog.Seller", models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    month = models.DateField(_("month"))  # its first day
    asked_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    total = models.PositiveIntegerField(_("customers"))
    done = models.PositiveIntegerField(_("customers looked at"), default=0)
    reached = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects: ClassVar = MonthPreviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview of a month")
        verbose_name_plural = _("previews of months")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "month"], name="month_preview_once_per_seller_month"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="month_preview_month_is_first_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.month:%Y-%m}"


class PreviewRow(models.Model):
    """One organisation in one currency: what it would owe, and how that differs from last month.

    Amounts are signed: a credit note's are negative. VAT and total are empty while unknown.
    `reasons` are `billing.differences`: their amounts sum to the difference of the nets. Where
    working it out failed, the change is unknown and the net says nothing. Of whom the month's run
    has invoiced, the net is what is still to be invoiced.
    """

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        HELD = "held", _("Held")
        FAILED = "failed", _("Failed")

    class Change(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        SAME = "same", _("As last month")
        GONE = "gone", _("Gone")
        UNKNOWN = "unknown", _("Not known")
        INVOICED = "done", _("Already invoiced")

    preview = models.ForeignKey(MonthPreview, models.CASCADE, related_name="rows")
    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=6, choices=State)
    change = models.CharField(_("change"), max_length=7, choices=Change)
    documents = models.PositiveSmallIntegerField(_("documents"), default=1)
    cause = models.CharField(_("cause"), max_length=60, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2, null=True, blank=True)
    gross = models.DecimalField(_("total"), max_digits=14, decimal_places=2, null=True, blank=True)
    last_net = models.DecimalField(_("net last month"), max_digits=14, decimal_places=2)
    reasons = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    objects: ClassVar = PreviewRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a preview")
        verbose_name_plural = _("rows of previews")
        constraints = [
            models.UniqueConstraint(
                fields=["preview", "organisation", "currency"],
                name="preview_row_once_per_organisation",
            ),
            models.CheckConstraint(
                condition=Q(state="ready", cause="") | ~Q(state="ready") & ~Q(cause=""),
                name="preview_row_names_its_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.net} {self.currency}"
