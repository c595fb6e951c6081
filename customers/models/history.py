from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.querysets import HistoryQuerySet


class History(models.Model):
    """One thing that happened to a customer. Written with what it tells, never changed.

    `at` is when it took effect, `recorded_at` when the portal wrote it down: an ended
    subscription ends at midnight even when the job that notices runs at five past.
    """

    class ActorKind(models.TextChoices):
        PERSON = "person", _("Person")
        STAFF = "staff", _("Vendor staff")
        SCHEDULE = "schedule", _("Schedule")
        PLATFORM = "platform", _("Platform")
        TOKEN = "token", _("API token")

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="history",
        db_index=False,
        verbose_name=_("organisation"),
    )
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="history",
        db_index=False,
        verbose_name=_("tenant"),
    )
    verb = models.CharField(_("what"), max_length=60)  # "subscription.cancelled"
    subject_type = models.CharField(max_length=40)  # "subscription"
    subject_id = models.BigIntegerField()
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind)
    actor = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("who"),
    )
    token = models.ForeignKey(
        "customers.OrganisationToken",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # nobody asks for it, and a monthly run writes many rows
        verbose_name=_("API token"),
    )
    on_behalf_of = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("on behalf of"),
    )
    reason = models.TextField(_("why"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded at"))

    objects: ClassVar = HistoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        indexes = [
            models.Index(fields=["organisation", "-at", "-id"], name="history_by_organisation"),
            models.Index(fields=["subject_type", "subject_id", "at"], name="history_by_subject"),
            # Most of it is told by jobs about whole organisations: those rows are in neither.
            models.Index(
                fields=["tenant", "verb"],
                condition=models.Q(tenant__isnull=False),
                name="history_by_tenant",
            ),
            models.Index(
                fields=["actor"], condition=models.Q(actor__isnull=False), name="history_by_actor"
            ),
            models.Index(
                fields=["on_behalf_of"],
                condition=models.Q(on_behalf_of__isnull=False),
                name="history_on_behalf_of",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    actor_kind__in=["person", "staff"], actor__isnull=False, token__isnull=True
                )
                | models.Q(
                    actor_kind__in=["schedule", "platform"],
                    actor__isnull=True,
                    token__isnull=True,
                )
                | models.Q(actor_kind="token", actor__isnull=True, token__isnull=False),
                name="history_people_and_tokens_have_names",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"
