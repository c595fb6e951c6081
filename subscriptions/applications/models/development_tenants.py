from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DevelopmentTenantRequest(models.Model):
    """Somebody who builds applications asks for a tenant in SOD; staff grant or reject it."""

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    purpose = models.CharField(_("what for"), max_length=500)
    requested_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"))
    tenant = models.OneToOneField(
        "customers.Tenant", models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("request for a development tenant")
        verbose_name_plural = _("requests for development tenants")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(decided_at__isnull=True),
                name="development_tenant_one_open_request",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, tenant__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="development_tenant_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.purpose[:40]}"
