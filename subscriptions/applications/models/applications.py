from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from subscriptions.applications.querysets import ApplicationQuerySet


class ApplicationKind(models.TextChoices):
    CUSTOM = "custom", _("Custom application")  # made for one customer
    STANDARD = "standard", _("Standard application")  # from the App Store, for many


class ApplicationType(models.TextChoices):
    """The template it starts from (D3.2)."""

    WEB = "web", pgettext_lazy("type of application", "Web")
    NATIVE = "native", pgettext_lazy("type of application", "Native")
    SERVER = "server", _("Server-to-server")
    ERP_SYNC = "erp_sync", _("Standard ERP sync and quote")
    EMPTY = "empty", pgettext_lazy("type of application", "Other")

    @property
    def keeps_secrets(self) -> bool:
        """What runs on a user's own machine cannot: whoever has it can read the secret."""
        return self is not ApplicationType.NATIVE

    @property
    def may_sign_people_in(self) -> bool:
        """What runs without people has no address to send them back to."""
        return self not in (ApplicationType.SERVER, ApplicationType.ERP_SYNC)


class Scope(models.TextChoices):
    """What a token of an application may be used for."""

    CRM_READ = "crm:read", _("Read the CRM")
    CRM_WRITE = "crm:write", _("Write to the CRM")
    ENTITLEMENTS_READ = "entitlements:read", _("Read what the tenant may use")
    USAGE_WRITE = "usage:write", _("Report usage")


class Application(models.Model):
    """Software that works with a customer's CRM. Whoever builds it owns it.

    What it may do stands in its versions; here is what may change without asking anybody.
    """

    owner = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="applications",
        verbose_name=_("owner"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ApplicationKind)
    type = models.CharField(
        _("type"), max_length=10, choices=ApplicationType, default=ApplicationType.EMPTY
    )
    name = models.CharField(_("name"), max_length=100)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    technical_contact = models.EmailField(_("technical contact"))
    error_mails = ArrayField(models.EmailField(), default=list, blank=True)
    uninstall_mails = ArrayField(models.EmailField(), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"))
    # Switched off by the vendor, everywhere: consent stands and gives nothing meanwhile.
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)
    blocked_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    block_reason = models.CharField(_("why blocked"), max_length=500, blank=True)

    objects: ClassVar = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="application_name_per_owner"),
            models.CheckConstraint(
                condition=Q(blocked_at__isnull=True, blocked_by__isnull=True, block_reason="")
                | Q(blocked_at__isnull=False, blocked_by__isnull=False) & ~Q(block_reason=""),
                name="application_blocked_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None
