from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.querysets import AdviceQuestionQuerySet


class AdviceQuestion(models.Model):
    """A customer asks before buying; its partner, or else its representative, answers."""

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="advice_questions",
        verbose_name=_("organisation"),
    )
    about = models.CharField(_("about"), max_length=60, blank=True)  # a product code
    question = models.TextField(_("question"))
    asked_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    partner = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked of partner"),
    )
    representative = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked of representative"),
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects: ClassVar = AdviceQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("advice question")
        verbose_name_plural = _("advice questions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (
                    models.Q(answered_at__isnull=False, answered_by__isnull=False)
                    & ~models.Q(answer="")
                ),
                name="advice_answer_has_author_and_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.question[:40]}"
